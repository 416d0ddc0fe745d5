"""`players.py` run beside the benchmark, and what it says."""

import asyncio
import os
import sys
from pathlib import Path
from typing import Any

import orjson

from embedded import token
from embedded.child import die_with
from embedded.settings import Settings

PROGRAM = Path(__file__).with_name("players.py")


async def program(*arguments: object) -> asyncio.subprocess.Process:
    """A Python program beside this one, which reads tokens and tells what came of them. Ctrl-C does
    not reach it: it ends with us."""
    return await asyncio.create_subprocess_exec(
        *(sys.executable, *map(str, arguments)),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        start_new_session=True,
        preexec_fn=die_with(os.getpid()),
    )


async def offer(
    settings: Settings, port: int, requests: int, connections: int, **options: object
) -> dict[str, Any]:
    """So many requests, however they are answered."""
    tokens = "\n".join(token.mint(settings) for _ in range(connections))
    process = await program(
        *(PROGRAM, "127.0.0.1", port, requests, connections),
        *(f"--{name}={value}" for name, value in options.items()),
    )
    told, _ = await process.communicate(tokens.encode())
    answers: dict[str, Any] = orjson.loads(told)
    return answers


async def load(
    settings: Settings, port: int, requests: int, connections: int, **options: object
) -> dict[str, Any]:
    """So many requests, all of which must be accepted. Raises RuntimeError."""
    answers = await offer(settings, port, requests, connections, **options)
    if answers["statuses"] != {"202": requests}:
        raise RuntimeError(f"not every event was accepted: {answers['statuses']}")
    return answers
