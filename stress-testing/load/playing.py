"""One scenario from start to picture: locust beside a stack that is watched meanwhile."""

import asyncio
import json
import os
import signal
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, nullcontext, suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from canary import Canary
from keeping import keep
from load.denying import denying
from load.observing import Observed, observed
from load.picture import redraw
from load.scenario import SCENARIOS, Scenario

from embedded import token
from embedded.child import Child, die_with
from embedded.settings import HOST, ROOT, Settings
from simulator.errors import CannotPlay
from simulator.warehouse import Warehouse
from telemetry.screen import Screen, number

LOCUST = ROOT / ".venv-load" / "bin" / "locust"
VIEWERS = Path(__file__).with_name("locustfile.py")
MOST_TOKENS = 2000
FINISH_WITHIN_S = 20
STORED_WITHIN_S = 60.0


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


async def play(
    settings: Settings, url: str, choice: Choice, results: Path, kafka: Child | None
) -> int:
    """The exit code; `load-<scenario>.json` and `.png` are in `results` then. `kafka` stands still
    for a while where the scenario says so."""
    scenario = choice.scenario
    canary = Canary(settings, url)
    there_before = await _stored(settings, canary)
    async with (
        denying(url, scenario.denial) if scenario.denial else nullcontext(url) as host,
        observed(settings, canary, _progress(choice)) as seen,
        _outage(kafka, choice) as outage,
    ):
        code, outcome = await _locust(settings, host, choice)
    if outcome is None:
        return code or 1
    complaints = outcome["complaints"]
    if there_before is not None:
        outcome["stored"] = await _arrived(settings, canary, there_before, outcome["accepted"])
        if outcome["stored"] < outcome["accepted"]:
            complaints.append(f"of {outcome['accepted']} accepted {outcome['stored']} are stored")
    run = {
        "scenario": choice.name,
        "title": scenario.title,
        "users": choice.users,
        "limits": asdict(scenario.limits),
        "outage": outage,
        **outcome,
        "observed": [one._asdict() for one in seen],
    }
    file = results / f"load-{choice.name}.json"
    keep(run, file)
    _tell(run, redraw(file))
    return 1 if complaints else code


async def _locust(
    settings: Settings, host: str, choice: Choice
) -> tuple[int, dict[str, Any] | None]:
    """Its exit code, and what it counted."""
    with tempfile.TemporaryDirectory() as folder:
        plan, outcome = Path(folder) / "plan.json", Path(folder) / "outcome.json"
        tokens = [token.mint(settings) for _ in range(min(MOST_TOKENS, max(choice.users, 100)))]
        told = {"scenario": choice.name, "tokens": tokens, "outcome": str(outcome)}
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
        # Ctrl-C ends locust, and what was played until then is drawn
        loop = asyncio.get_running_loop()
        loop.add_signal_handler(signal.SIGINT, process.terminate)
        try:
            code = await process.wait()
        finally:
            loop.remove_signal_handler(signal.SIGINT)
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


@asynccontextmanager
async def _outage(kafka: Child | None, choice: Choice) -> AsyncIterator[list[float]]:
    """Kafka pauses meanwhile; from when to when (Unix time), once that is over."""
    share, told = choice.scenario.outage, list[float]()
    if share is None or kafka is None or choice.web_port:
        yield told
        return
    begins, ends = (part * choice.seconds for part in share)

    async def pause() -> None:
        await asyncio.sleep(begins)
        told.append(time.time())
        try:
            kafka.send(signal.SIGSTOP)
            await asyncio.sleep(ends - begins)
        finally:
            kafka.send(signal.SIGCONT)
            told.append(time.time())

    pausing = asyncio.create_task(pause())
    try:
        yield told
    finally:
        pausing.cancel()
        with suppress(asyncio.CancelledError):
            await pausing


async def _stored(settings: Settings, canary: Canary) -> int | None:
    """Events but the canary's; None where ClickHouse is not ours to ask."""
    sql = f"SELECT count() FROM movies.views FINAL WHERE user_id != '{canary.viewer}'"  # noqa: S608
    try:
        ((count,),) = await Warehouse(settings).rows(sql, tuple[int])
    except CannotPlay:
        return None
    return count


async def _arrived(settings: Settings, canary: Canary, before: int, wanted: int) -> int:
    """Further events that are stored, once that is enough, or time is up."""
    ends = time.monotonic() + STORED_WITHIN_S
    while True:
        further = (await _stored(settings, canary) or 0) - before
        if further >= wanted or time.monotonic() > ends:
            return further
        await asyncio.sleep(0.25)


def _progress(choice: Choice) -> Callable[[Observed], None]:
    """How far it is, unless locust's page shows that."""
    screen, began = Screen(sys.stdout), time.time()

    def tell(one: Observed) -> None:
        if not choice.web_port:
            fresh = "?" if one.freshness is None else f"{one.freshness:.1f}"
            lag = "?" if one.lag is None else number(one.lag)
            done = min((one.at - began) / choice.seconds, 0.99)
            screen.progress(done, f"{choice.name}: lag {lag}, {fresh} s from 202 to SELECT")

    return tell


def _tell(run: dict[str, Any], picture: Path) -> None:
    sys.stdout.write(
        f"\n{run['scenario']}: {number(run['requests'])} requests, p50 {run['p50_ms']:.0f} ms, "
        f"p95 {run['p95_ms']:.0f} ms, p99 {run['p99_ms']:.0f} ms, {number(run['failed'])} failed; "
        f"{number(run['accepted'])} events accepted, {number(run.get('stored', 0))} stored\n"
        f"{picture}\n"
    )
    for line in run["complaints"]:
        sys.stdout.write(f"{line}\n")
