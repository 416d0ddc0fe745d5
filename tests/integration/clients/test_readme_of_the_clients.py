"""What the clients' README shows runs as it stands there."""

import asyncio
import os
import re
import sys
from pathlib import Path

from embedded.settings import ROOT
from tests.stack import RunningStack

CLIENTS = ROOT / "clients"
README = (CLIENTS / "README.md").read_text(encoding="utf-8")
ADDRESS = "http://127.0.0.1:8088"  # of `make run`


def example(language: str, stack: RunningStack) -> str:
    (code,) = re.findall(rf"```{language}\n(.*?)```", README, flags=re.DOTALL)
    assert code.count(ADDRESS) == 1
    return str(code.replace(ADDRESS, stack.settings.front_url))


async def output(stack: RunningStack, *command: str | Path) -> str:
    environment = {
        **os.environ,
        "TOKEN": stack.token(),
        "PYTHONPATH": str(CLIENTS / "python"),
    }
    process = await asyncio.create_subprocess_exec(
        *command,
        env=environment,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, errors = await asyncio.wait_for(process.communicate(), timeout=30)
    assert (process.returncode, errors) == (0, b""), errors.decode()
    return out.decode()


async def test_its_python_runs(running_stack: RunningStack, tmp_path: Path) -> None:
    (tmp_path / "example.py").write_text(example("python", running_stack))
    assert (await output(running_stack, sys.executable, tmp_path / "example.py"))[:2] == "1 "


async def test_its_javascript_runs(running_stack: RunningStack, tmp_path: Path) -> None:
    (tmp_path / "ugc-client.js").symlink_to(CLIENTS / "js" / "ugc-client.js")
    (tmp_path / "example.mjs").write_text(example("js", running_stack))
    assert (await output(running_stack, "node", tmp_path / "example.mjs"))[:2] == "1 "
