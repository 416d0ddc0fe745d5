"""`players.py` run beside the benchmark, and what it says."""

import asyncio
import sys
from pathlib import Path
from typing import Any

import orjson

from embedded import token
from embedded.settings import Settings

PROGRAM = Path(__file__).with_name("players.py")


async def offer(
    settings: Settings, port: int, requests: int, connections: int, **options: object
) -> dict[str, Any]:
    """So many requests, however they are answered."""
    tokens = "\n".join(token.mint(settings) for _ in range(connections))
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        str(PROGRAM),
        *map(str, ["127.0.0.1", port, requests, connections]),
        *(f"--{name}={value}" for name, value in options.items()),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
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
