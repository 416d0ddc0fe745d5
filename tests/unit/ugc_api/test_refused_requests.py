"""What is refused before a body is looked at: address, method, media type, size, rate, host."""

from collections.abc import Iterator
from uuid import UUID

import httpx
import pytest

from tests.unit.ugc_api.bearer import VIEWER
from tests.unit.ugc_api.serving import ADDRESS, Api, report
from ugc_api.access.rate import RateLimit
from ugc_api.exchange import CUT_OFF, Message
from ugc_api.ingest.routes import MANY, MAX_BODY_BYTES, OFFSETS

PADDED = b'{"progress":1,"total":2' + b" " * (MAX_BODY_BYTES - 24) + b"}"
TWO_MEGABYTES = b" " * (2 << 20)


def code_of(answer: httpx.Response) -> tuple[int, str]:
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["status"] == answer.status_code
    return answer.status_code, answer.json()["code"]


@pytest.mark.parametrize(
    "content_type",
    ["", "text/plain", "application/x-ndjson", "application/jsonx", "application/*", "json"],
)
async def test_only_json_is_read(api: Api, content_type: str) -> None:
    answer = await api.post(headers={"Content-Type": content_type})
    assert code_of(answer) == (415, "unsupported_media_type")


async def test_without_a_content_type_nothing_is_read(api: Api) -> None:
    headers = {"Authorization": (await api.post()).request.headers["authorization"]}
    answer = await api.client.post(ADDRESS, content=b"{}", headers=headers)
    assert code_of(answer) == (415, "unsupported_media_type")


@pytest.mark.parametrize(
    "content_type",
    ["application/json;charset=utf-8", "Application/JSON ; x=1", " application/json"],
)
async def test_a_json_content_type_may_carry_parameters(api: Api, content_type: str) -> None:
    assert (await api.post(headers={"Content-Type": content_type})).status_code == 202


@pytest.mark.parametrize("encoding", ["gzip", "zstd", "br", "identity, gzip"])
async def test_one_event_is_never_compressed(api: Api, encoding: str) -> None:
    answer = await api.post(headers={"Content-Encoding": encoding})
    assert code_of(answer) == (415, "unsupported_encoding")


async def test_identity_is_no_encoding(api: Api) -> None:
    assert (await api.post(headers={"Content-Encoding": "Identity"})).status_code == 202


async def test_a_body_of_exactly_the_limit_is_read(api: Api) -> None:
    assert len(PADDED) == MAX_BODY_BYTES
    assert (await api.post(PADDED)).status_code == 202


@pytest.mark.parametrize("body", [PADDED + b" ", TWO_MEGABYTES], ids=["a byte more", "2 MB"])
async def test_a_larger_body_is_refused(api: Api, body: bytes) -> None:
    assert code_of(await api.post(body)) == (413, "body_too_large")


@pytest.mark.parametrize(
    ("declared", "body_read"),
    [(str(2 << 20), 0), ("9" * 5000, 0), ("-1", 1), ("12", 1), (None, 1)],
    ids=["declared", "declared absurdly", "declared negative", "declared small", "chunked"],
)
async def test_a_large_body_is_left_unread_beyond_the_limit(
    api: Api, declared: str | None, body_read: int
) -> None:
    chunks = Chunks(TWO_MEGABYTES, MAX_BODY_BYTES + 1)
    sent = await api_call(api, chunks, declared)
    assert sent[0]["status"] == 413
    assert chunks.given == body_read


class Chunks:
    """A body in chunks, and how many of them were taken."""

    def __init__(self, body: bytes, size: int) -> None:
        self._chunks: Iterator[bytes] = (body[at : at + size] for at in range(0, len(body), size))
        self.given = 0

    async def receive(self) -> Message:
        self.given += 1
        return {"type": "http.request", "body": next(self._chunks), "more_body": True}


async def api_call(api: Api, chunks: Chunks, declared: str | None, **more: object) -> list[Message]:
    """The messages of the answer to a bare ASGI request."""
    request = (await api.post()).request
    names = {b"authorization", b"content-type", b"host"}
    headers = [(k.lower(), v) for k, v in request.headers.raw if k.lower() in names]
    if declared is not None:
        headers.append((b"content-length", declared.encode()))
    sent: list[Message] = []

    async def send(message: Message) -> None:
        sent.append(message)

    scope = {"type": "http", "method": "POST", "path": ADDRESS, "headers": headers, **more}
    await api.front(scope, chunks.receive, send)
    return sent


async def test_a_body_that_was_cut_off_by_the_server_is_refused(api: Api) -> None:
    """Even when what there is of it would make a report."""

    class CutOff(Chunks):
        async def receive(self) -> Message:
            return {**await super().receive(), "more_body": False}

    sent = await api_call(api, CutOff(PADDED, len(PADDED)), None, **{CUT_OFF: True})
    assert sent[0]["status"] == 408
    assert b'"body_timeout"' in sent[1]["body"]
    assert len(api.publisher.events) == 1  # the one whose headers are used again


async def test_nobody_is_answered_who_has_gone(api: Api) -> None:
    class Gone(Chunks):
        async def receive(self) -> Message:
            return {"type": "http.disconnect"}

    assert await api_call(api, Gone(b"", 1), None) == []
    labels = {"method": "POST", "route": "/api/v1/progresses/films/{film_id}", "status": "499"}
    assert api.measured("ugc_http_requests_total", **labels) == 1
    assert api.measured("ugc_http_requests_in_progress") == 0


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE", "BREW"])
@pytest.mark.parametrize(
    ("address", "allowed"),
    [(ADDRESS, "GET, POST"), (MANY, "GET, POST"), (OFFSETS, "POST")],
)
async def test_another_method_is_told_what_is_answered(
    api: Api, method: str, address: str, allowed: str
) -> None:
    answer = await api.client.request(method, address)
    assert code_of(answer) == (405, "method_not_allowed")
    assert answer.headers["allow"] == allowed


@pytest.mark.parametrize(
    "address",
    [
        "/",
        "/api/v1",
        "/api/v1/progresses/films",
        "/api/v1/progresses/films/",
        f"{ADDRESS}//",
        f"{ADDRESS}/more",
        f"/{ADDRESS}",
        f"{ADDRESS}%2f..",
        ADDRESS.replace("films", "FILMS"),
    ],
)
async def test_elsewhere_there_is_nothing(api: Api, address: str) -> None:
    answer = await api.post(to=f"http://api.example{address}")
    assert code_of(answer) == (404, "not_found")


@pytest.mark.parametrize(
    "name", ["1", "films", "%00", "%ff%fe", "5d7c1e0a-3b52", f"{VIEWER}0", "é"]
)
async def test_a_film_is_a_uuid(api: Api, name: str) -> None:
    answer = await api.post(to=f"/api/v1/progresses/films/{name}")
    assert code_of(answer) == (422, "film_id_invalid")


async def test_a_slash_at_the_end_is_accepted(api: Api) -> None:
    assert (await api.post(to=f"{ADDRESS}/")).status_code == 202


class Exhausted(RateLimit):
    """Nobody may report for another 2.3 s."""

    def wait(self, user_id: UUID, now: float) -> float:
        assert user_id == VIEWER
        return 2.3


async def test_who_reports_too_often_is_told_when_to_come_back() -> None:
    api = Api(rate=Exhausted(1))
    answer = await api.post()
    assert code_of(answer) == (429, "rate_limited")
    assert answer.headers["retry-after"] == "3"
    assert api.publisher.events == []


@pytest.mark.parametrize(
    "host", ["evil.example", "", "api.example.evil", "api.example:80:80", "[::1", "example"]
)
async def test_another_host_is_not_served(host: str) -> None:
    api = Api(allowed_hosts="api.example, [::1]")
    for address in (ADDRESS, "/healthz"):
        answer = await api.post(to=address, headers={"Host": host})
        assert code_of(answer) == (400, "host_not_allowed")


@pytest.mark.parametrize("host", ["api.example", "API.example:8000", "[::1]", "[::1]:8000"])
async def test_an_allowed_host_is_served_at_any_port(host: str) -> None:
    api = Api(allowed_hosts="api.example, [::1]")
    assert (await api.post(report(), headers={"Host": host})).status_code == 202
