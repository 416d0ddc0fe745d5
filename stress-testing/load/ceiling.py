"""The ceiling of single routes, by wrk: as many requests as one route answers on this machine."""

import asyncio
import os
import re
import sys
import uuid
from collections.abc import Mapping
from pathlib import Path

import httpx

from embedded import token
from embedded.child import die_with
from embedded.settings import Settings
from tests.waiting import until

CONNECTIONS = 64
SCRIPT = Path(__file__).with_name("post.lua")
FILM = uuid.UUID(int=7)
FIGURES = re.compile(
    r"50%\s+(?P<p50>[\d.]+)(?P<p50_unit>us|ms|s).*?99%\s+(?P<p99>[\d.]+)(?P<p99_unit>us|ms|s).*?"
    r"Requests/sec:\s+(?P<rate>[\d.]+)",
    re.DOTALL,
)
MS = {"us": 0.001, "ms": 1.0, "s": 1000.0}


async def ceiling(settings: Settings, url: str, seconds: int) -> Mapping[str, Mapping[str, float]]:
    """By route: requests a second, p50 and p99 in milliseconds, answers that were not 2xx.

    Reads come first, of a viewer with one event: those who report have many thousands soon."""
    reader, reporter = token.mint(settings), token.mint(settings)
    event, direct = f"/api/v1/progresses/films/{FILM}", settings.api_url
    await _report_once(f"{url}{event}", reader)
    routes = {
        "healthz, without nginx": (f"{direct}/healthz", "GET", reader),
        "read a position": (f"{url}{event}", "GET", reader),
        "report an event": (f"{url}{event}", "POST", reporter),
        "report an event, without nginx": (f"{direct}{event}", "POST", reporter),
    }
    sys.stdout.write(f"{'':32}{'a second':>10}{'p50 ms':>9}{'p99 ms':>9}{'refused':>9}\n")
    found = {}
    for name, (address, method, bearer) in routes.items():
        one = found[name] = figures(await _wrk(address, method, bearer, seconds))
        sys.stdout.write(
            f"{name:32}{one['per_second']:>10,.0f}{one['p50_ms']:>9.1f}{one['p99_ms']:>9.1f}"
            f"{one['refused']:>9.0f}\n"
        )
        sys.stdout.flush()
    return found


def figures(text: str) -> Mapping[str, float]:
    """From what wrk prints. Raises ValueError."""
    found = FIGURES.search(text)
    if found is None:
        raise ValueError(f"wrk said: {text}")
    refused = re.search(r"Non-2xx or 3xx responses: (\d+)", text)
    return {
        "per_second": float(found["rate"]),
        "p50_ms": float(found["p50"]) * MS[found["p50_unit"]],
        "p99_ms": float(found["p99"]) * MS[found["p99_unit"]],
        "refused": float(refused[1]) if refused else 0.0,
    }


async def _report_once(address: str, bearer: str) -> None:
    """Returns once it can be read."""
    async with httpx.AsyncClient(headers={"Authorization": f"Bearer {bearer}"}) as http:
        await http.post(address, json={"progress": 754.5, "total": 5400})

        async def readable() -> bool:
            return (await http.get(address)).status_code == httpx.codes.OK

        await until(readable, within=30)


async def _wrk(address: str, method: str, bearer: str, seconds: int) -> str:
    options = ["-t", "1", "-c", str(CONNECTIONS), "-d", f"{seconds}s", "--latency"]
    headers = ["-H", f"Authorization: Bearer {bearer}"]
    script = ["-s", str(SCRIPT)] if method == "POST" else []
    process = await asyncio.create_subprocess_exec(
        *["wrk", *options, *headers, *script, address],
        stdout=asyncio.subprocess.PIPE,
        preexec_fn=die_with(os.getpid()),
    )
    said, _ = await process.communicate()
    return said.decode()
