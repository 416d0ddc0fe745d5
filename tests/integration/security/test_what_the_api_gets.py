"""However a request is framed, the API gets it from nginx framed in one way: by its length."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest

from tests.integration.front_door.doors import door
from tests.integration.front_door.upstreams import ACCEPTED, Upstream, upstreams
from tests.integration.security.framings import REPORTED, SIZE, UNUSUAL, Framing
from tests.integration.security.strangers import REPORT
from tests.integration.security.wire import ATTACK, conversation
from tests.stack import RunningStack


@dataclass(frozen=True)
class Behind:
    port: int
    upstream: Upstream


@pytest.fixture(scope="module")
async def behind(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Behind]:
    """nginx, and in place of the API one who notes what it gets."""
    folder = tmp_path_factory.mktemp("door")
    async with upstreams([ACCEPTED]) as (one,), door(folder, one.port) as it:
        yield Behind(it.client.base_url.port or 0, one)


@pytest.mark.parametrize("framing", UNUSUAL.values(), ids=UNUSUAL)
async def test_it_is_one_request_of_one_length(behind: Behind, framing: Framing) -> None:
    head, end, body = framing.request("token").partition(b"\r\n\r\n")
    half = len(body) // 2
    pieces = head + end + body[:half], body[half:]
    behind.upstream.received.clear()
    answers = await asyncio.to_thread(conversation, behind.port, *pieces)
    assert [answer.status_code for answer in answers] == [202, 202]
    (attack,) = [raw for raw in behind.upstream.received if ATTACK.encode() in raw]
    head, _, body = attack.partition(b"\r\n\r\n")
    request, *lines = head.lower().split(b"\r\n")
    assert request == f"post {REPORT.lower()} http/1.1".encode()
    assert body == REPORTED
    framed = [line for line in lines if b"length" in line or b"encoding:" in line]
    assert framed == [b"content-length: %d" % SIZE]
    assert not [line for line in lines if line.startswith((b"connection", b"upgrade"))]


@pytest.mark.parametrize("framing", UNUSUAL.values(), ids=UNUSUAL)
def test_it_is_one_event_of_the_stack(running_stack: RunningStack, framing: Framing) -> None:
    port = running_stack.settings.nginx_port
    answers = conversation(port, framing.request(running_stack.token()))
    assert [answer.status_code for answer in answers] == [202, 404]
