"""Whatever is answered, logged, measured or stored: no secret, no token, no part of one is in it,
and in logs and metrics nobody's id.

On a stack of its own, at the most talkative level, through good days and bad ones.
"""

import asyncio
from collections.abc import Mapping, Sequence
from pathlib import Path
from uuid import uuid4

import httpx

from embedded.child import Child
from embedded.stack import Stack
from tests.analyst import Analyst
from tests.integration.pipeline.topic import read_all, write
from tests.integration.security.strangers import LIST
from tests.integration.security.wire import conversation
from tests.integration.security.witness import PASSWORD, PRIVATE, SECRET, WRONG_PASSWORD, Run
from tests.stack import place
from tests.waiting import until

FILMS = "/api/v1/progresses/films/"


async def good_and_bad_requests(run: Run) -> None:
    film, good = f"{FILMS}{uuid4()}", run.good
    report = {"progress": 1, "total": 2}
    for token in run.tokens.values():
        await run.ask("POST", film, token, json=report)
        await run.ask("GET", LIST, token)
    for body in ({PRIVATE: 1}, {**report, "event_id": PRIVATE}, PRIVATE, [PRIVATE], {"a": good}):
        await run.ask("POST", film, good, json=body)
        await run.ask("POST", LIST, good, json=[body, {**report, "film_id": PRIVATE}])
    await run.ask("POST", film, good, json={**report, "user_id": str(run.other)})
    await run.ask("POST", film, good, json=report, params={"access_token": good, "who": PRIVATE})
    await run.ask("POST", "/nowhere", good, json=report, params={"token": good})
    for query in ({"user_id": str(run.other)}, {"user_id": PRIVATE}, {"cursor": good[:150]}):
        await run.ask("GET", LIST, good, params=query)
        await run.ask("GET", film, good, params=query)
    await run.ask("GET", f"/api/v1/events/{uuid4()}", good, params={"receipt": PRIVATE})
    for password in (PASSWORD, WRONG_PASSWORD):
        await run.ask("GET", "/api/docs", auth=("docs", password))
    for port in (run.settings.nginx_port, run.settings.http_port):
        for odd in ("X\0: a", "Content-Length: +1", f"X: {'x' * 9000}", "Transfer-Encoding: gzip"):
            head = f"POST {film}?token={good} HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer {good}"
            raw = f"{head}\r\nCookie: {PRIVATE}\r\n{odd}\r\n\r\n"
            run.answered += [answer.text for answer in conversation(port, raw.encode())]


async def odd_records_and_lost_stores(run: Run, stack: Stack) -> None:
    film, known, settings = f"{FILMS}{uuid4()}", uuid4(), run.settings
    stored = f"{FILMS}{known}"
    await run.ask("POST", stored, run.good, json={"progress": 1, "total": 2})
    odd = [b'{"v":1,"user_id":"%s","%s":1}' % (str(run.other).encode(), PRIVATE.encode()), b"\xff"]
    await write(settings.kafka_bootstrap, "views", odd)
    analyst = Analyst(settings)
    query = f"SELECT count() FROM movies.views WHERE film_id = '{known}'"

    async def is_stored() -> bool:
        return await analyst.value(query) == "2"

    async def both_buried() -> bool:
        letters = await read_all(settings.kafka_bootstrap, "views.dead-letters")
        return len(letters) == len(odd)

    await until(is_stored)
    await until(both_buried)
    run.stored += map(str, await analyst.rows("SELECT * FROM movies.views"))
    run.stored += map(repr, await read_all(settings.kafka_bootstrap, "views"))
    await run.measure()

    await analyst.rows("DROP TABLE movies.positions")
    await run.ask("GET", film, run.good)
    await analyst.rows(  # of rows that the API is not made for
        "CREATE TABLE movies.positions ENGINE = MergeTree ORDER BY film_id AS SELECT "
        "arrayJoin(['latest', 'furthest']) AS which, user_id, film_id, 'far' AS progress, total, "
        "event_time, event_id, 1 AS version FROM movies.views"
    )
    await run.ask("GET", stored, run.good)
    for child in stack.clickhouse:
        await child.kill()
    await run.ask("GET", LIST, run.good)
    await run.ask("POST", film, run.good, json={"progress": 1, "total": 2})
    for child in stack.kafka:
        await child.kill()
    await run.ask("POST", film, run.good, json={"progress": 1, "total": 2})
    await run.ask(
        "POST", LIST, run.good, json=[{"film_id": str(uuid4()), "progress": 1, "total": 2}]
    )
    await run.ask("GET", LIST, run.good)


async def test_nothing_secret_comes_out(tmp_path: Path, asking: httpx.AsyncClient) -> None:
    environ = {
        "SECURITY_JWT_AUTH_SECRET_KEY": SECRET,
        "SECURITY_BASIC_AUTH_PASSWD": PASSWORD,
        "KAFKA_PRODUCER_TIMEOUT_MS": "800",
        "UGC_LOG_LEVEL": "DEBUG",
    }
    with place(tmp_path, **environ) as settings:
        run = Run(settings, asking)
        stack = Stack.of(settings, lambda name, line: run.logged.append(f"{name} | {line}"))
        try:
            await stack.start()
            await good_and_bad_requests(run)
            await odd_records_and_lost_stores(run, stack)
            arguments = b"".join(command_line(child) for child in stack.children)
        finally:
            await asyncio.gather(*(child.kill() for child in stack.children))
    out = [*run.logged, *run.answered, *run.measured, *run.stored, arguments.decode()]
    assert found(run.secrets(), out) == []
    assert found(run.people(), [*run.logged, *run.measured]) == []
    assert found({"another viewer": str(run.other)}, run.answered) == []
    happened(run)


def command_line(child: Child) -> bytes:
    """Everybody on the machine can read it."""
    return Path(f"/proc/{child.pid}/cmdline").read_bytes() if child.pid else b""


def found(secrets: Mapping[str, str], texts: Sequence[str]) -> list[str]:
    return [
        f"{what}: {text[:500]}"
        for what, secret in secrets.items()
        for text in texts
        if secret in text
    ]


def happened(run: Run) -> None:
    """What could have told something did have the occasion."""
    logged, answered = "\n".join(run.logged), "\n".join(run.answered)
    for code in ("unauthorized", "password_required", "user_mismatch", "cursor_invalid"):
        assert code in answered
    for code in ("not_acknowledged", "clickhouse_away", "unknown_field", "internal_error"):
        assert code in answered
    for text in ("ClickHouse did not answer a read", "event refused", "UNKNOWN_TABLE", "Traceback"):
        assert text in logged
    assert '"process":"nginx"' in logged
    assert "ugc_auth_failures_total" in "".join(run.measured)
    assert str(run.viewer) in "".join(run.stored)
