"""A cluster of two hosts, as far as one can be had here: two real engines behind one address.

What says ON CLUSTER runs on both, in the form of a single node, and is answered as a server answers
it: a row for each host. What says clusterAllReplicas is asked of both. All else goes to the first.
A host can be made to fail, to be late, to be missing among the rows, or to be down.
"""

import asyncio
import re
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import parse_qsl

import httpx
import uvicorn

from tests.integration.embedded_clickhouse.server_process import free_port
from tests.waiting import until

NAME = "company_cluster"
HOSTS = ("ch-1", "ch-2")
_SINGLE_NODE = (
    (r"\bON CLUSTER \w+", ""),
    (r"\bReplicated(\w*MergeTree)\('[^']*', '[^']*', ", r"\1("),
    (r"\bReplicated(\w*MergeTree)", r"\1"),
    (r"Distributed\(\w+, (\w+), (\w+), .*\)", r"Merge('\1', '^\2$')"),
    (rf"FUNCTION cluster\('{NAME}', (.*?), \w+\(\w+\)\)", r"\1"),
    (rf"\bcluster\('{NAME}', (.*?)\)", r"\1"),
    (rf"clusterAllReplicas\('{NAME}', (.*?)\)", r"\1"),
)
_DOWN = "Code: 279. DB::Exception: All connection tries failed: {}:9000"


class TwoHosts:
    def __init__(self, engines: tuple[str, str]) -> None:
        self.url = ""
        self._http = httpx.AsyncClient(timeout=30)
        self.engines: Mapping[str, str] = dict(zip(HOSTS, engines, strict=True))
        self.failing: dict[str, str] = {}
        """What goes wrong on a host that runs nothing."""
        self.late: set[str] = set()
        self.unheard: set[str] = set()
        self.down: set[str] = set()
        self.asked_while_down = 0
        self.timed_out = False
        self.everywhere: list[tuple[str, Mapping[str, str]]] = []
        """What said ON CLUSTER, with its settings."""

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        assert scope["type"] == "http"
        statement, more = "", True
        while more:
            message = await receive()
            statement += message.get("body", b"").decode()
            more = message.get("more_body", False)
        settings = dict(parse_qsl(scope["query_string"].decode()))
        status, body = await self._answer(statement, settings)
        await send({"type": "http.response.start", "status": status, "headers": []})
        await send({"type": "http.response.body", "body": body.encode()})

    async def close(self) -> None:
        await self._http.aclose()

    async def _answer(self, statement: str, settings: Mapping[str, str]) -> tuple[int, str]:
        if "FROM system.clusters" in statement:
            known = HOSTS if settings["param_name"] == NAME else ()
            return 200, "".join(f"{host}\t9000\n" for host in known)
        if NAME in statement:
            await self._parse(statement)
        if f"ON CLUSTER {NAME}" in statement:
            return await self._everywhere(statement, settings)
        if "clusterAllReplicas" not in statement:
            return await self._on(HOSTS[0], single_node(statement, HOSTS[0]), settings)
        if self.down:
            self.asked_while_down += 1
            return 500, _DOWN.format(*self.down)
        answers = [await self._on(h, single_node(statement, h), settings) for h in HOSTS]
        assert {status for status, _ in answers} == {200}, answers
        bodies = [body for _, body in answers]
        if "DISTINCT" in statement:
            bodies = sorted(set(bodies))
        return 200, "".join(bodies)

    async def _everywhere(self, statement: str, settings: Mapping[str, str]) -> tuple[int, str]:
        self.everywhere.append((statement, settings))
        if self.timed_out:
            return 500, "Code: 159. DB::Exception: Distributed DDL task is not finished on 1 of 2"
        rows = []
        for host in HOSTS:
            status, text = 500, self.failing.get(host, "")
            if not text and host not in self.late:
                status, text = await self._on(host, single_node(statement, host), settings)
            code, said = ("0", "") if status == 200 else ("60", text.strip().replace("\n", r"\n"))
            if host in self.late:
                code, said = r"\N", r"\N"
            if host not in self.unheard:
                rows.append(f"{host}\t9000\t{code}\t{said}\t0\t0\n")
        return 200, "".join(rows)

    async def _parse(self, statement: str) -> None:
        """What only a cluster can run, the engine can read."""
        quoted = statement.replace("\\", "\\\\").replace("'", "\\'")
        status, text = await self._on(HOSTS[0], f"SELECT formatQuery('{quoted}')", {})
        assert status == 200, text

    async def _on(self, host: str, statement: str, settings: Mapping[str, str]) -> tuple[int, str]:
        answer = await self._http.post(
            self.engines[host], params=dict(settings), content=statement.encode()
        )
        return answer.status_code, answer.text


def single_node(statement: str, host: str) -> str:
    """What one host of the cluster makes of it."""
    for pattern, single in _SINGLE_NODE:
        statement = re.sub(pattern, single, statement)
    return statement.replace("hostName()", f"'{host}'")


@asynccontextmanager
async def served(cluster: TwoHosts) -> AsyncIterator[str]:
    """Its address."""
    port = free_port()
    server = uvicorn.Server(
        uvicorn.Config(cluster, port=port, log_config=None, lifespan="off", access_log=False)
    )
    serving = asyncio.create_task(server.serve())
    await until(lambda: server.started)
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        await serving
        await cluster.close()
