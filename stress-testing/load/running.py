"""Locust in its own environment, told by a plan, and asked for its outcome."""

import asyncio
import json
import os
import signal
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

from load.scenario import SCENARIOS, Scenario

from embedded import token
from embedded.child import die_with
from embedded.settings import HOST, ROOT, Settings

LOCUST = ROOT / ".venv-load" / "bin" / "locust"
VIEWERS = Path(__file__).with_name("locustfile.py")
MOST_TOKENS = 2000
FINISH_WITHIN_S = 20


@dataclass(frozen=True)
class Choice:
    """`web_port` is 0 without a page; then it ends by itself after `seconds`."""

    name: str
    users: int
    seconds: int
    web_port: int

    @property
    def scenario(self) -> Scenario:
        return SCENARIOS[self.name]


async def locust(
    settings: Settings, host: str, choice: Choice, hanging_up: UUID
) -> tuple[int, dict[str, Any] | None]:
    """Its exit code, and what it counted. Those who hang up are one viewer, `hanging_up`. Raises
    KeyboardInterrupt when Ctrl-C ended it before its time."""
    with tempfile.TemporaryDirectory() as folder:
        plan, outcome = Path(folder) / "plan.json", Path(folder) / "outcome.json"
        tokens = [token.mint(settings) for _ in range(min(MOST_TOKENS, max(choice.users, 100)))]
        told = {
            "scenario": choice.name,
            "tokens": tokens,
            "token of those who hang up": token.mint(settings, hanging_up),
            "outcome": str(outcome),
        }
        plan.write_text(json.dumps(told))
        process = await asyncio.create_subprocess_exec(
            *_command(host, choice),
            env={
                **os.environ,
                "LOAD_PLAN": str(plan),
                "PYTHONPATH": str(ROOT / "stress-testing"),
            },
            start_new_session=True,
            preexec_fn=die_with(os.getpid()),
        )
        loop, ended = asyncio.get_running_loop(), asyncio.Event()

        def end() -> None:
            ended.set()
            process.terminate()

        loop.add_signal_handler(signal.SIGINT, end)
        try:
            code = await process.wait()
        finally:
            loop.remove_signal_handler(signal.SIGINT)
        if ended.is_set() and not choice.web_port:  # its page is always left so
            raise KeyboardInterrupt
        return code, json.loads(outcome.read_text()) if outcome.exists() else None


def _command(host: str, choice: Choice) -> list[str]:
    arrive_a_second = max(choice.users / choice.scenario.arrive_s, 1)
    command = [
        *(str(LOCUST), "-f", str(VIEWERS), "--host", host, "--stop-timeout", str(FINISH_WITHIN_S)),
        *("-u", str(choice.users), "-r", f"{arrive_a_second:g}"),
    ]
    if choice.web_port:
        command += ["--web-host", HOST, "--web-port", str(choice.web_port)]
    else:
        command += ["--headless", "-t", f"{choice.seconds}s", "--only-summary"]
    return [*command, *choice.scenario.classes]
