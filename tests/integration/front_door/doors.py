"""An nginx of a test's own, where it must not be the shared stack's: before what API one likes."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import httpx

from embedded import children, nginx
from embedded.child import Child
from embedded.settings import HOST
from tests.stack import place


@dataclass(frozen=True)
class Door:
    child: Child
    client: httpx.AsyncClient
    said: list[str]  # its lines: access log and error log


@asynccontextmanager
async def door(folder: Path, *api_ports: int, **values: str) -> AsyncIterator[Door]:
    """nginx in front of whatever listens on `api_ports`; `values` for the templates' variables."""
    said: list[str] = []
    with place(folder) as settings:
        binary = settings.nginx
        assert binary is not None, "no nginx here: embedded/setup nginx"
        upstream = "".join(f"server {HOST}:{port} max_fails=0;" for port in api_ports)
        filled = {**nginx.values(settings), "UGC_NGINX_UPSTREAM": upstream, **values}
        usual = children.nginx(settings, binary).recipe
        prepare = partial(nginx.prepare, binary, nginx.folder(settings), filled)
        child = Child(replace(usual, prepare=prepare), lambda _, line: said.append(line))
        try:
            await child.start()
            await child.ready(within=10)
            async with httpx.AsyncClient(base_url=settings.front_url, timeout=10) as client:
                yield Door(child, client, said)
        finally:
            await child.kill()
