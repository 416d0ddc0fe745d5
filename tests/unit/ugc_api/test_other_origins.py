"""Pages of other origins: which may call, and what a browser is told."""

import pytest

from configuration import InvalidSettings
from tests.unit.ugc_api.serving import ADDRESS, Api
from ugc_api.cors import Cors
from ugc_api.ingest.routes import MANY, OFFSETS

PAGE = "https://films.example"
INGEST = [ADDRESS, f"{ADDRESS}/", MANY, f"{MANY}/", OFFSETS]
PREFLIGHT = {"Origin": PAGE, "Access-Control-Request-Method": "POST"}


@pytest.mark.parametrize("origins", [PAGE, f"https://a.example, {PAGE}", "*"])
@pytest.mark.parametrize("address", INGEST)
async def test_a_preflight_of_an_allowed_origin_is_answered(origins: str, address: str) -> None:
    api = Api(cors_origins=origins)
    answer = await api.client.options(address, headers=PREFLIGHT)
    assert (answer.status_code, answer.content) == (204, b"")
    assert not answer.headers.keys() & {"content-length", "content-type"}
    assert answer.headers["access-control-allow-origin"] == ("*" if origins == "*" else PAGE)
    # OPTIONS too: players ask for the time by it
    assert answer.headers["access-control-allow-methods"] == "GET, OPTIONS, POST"
    for name in ("authorization", "content-type", "content-encoding", "x-request-id"):
        assert name in answer.headers["access-control-allow-headers"]
    assert answer.headers["x-request-id"]
    assert api.publisher.events == []


@pytest.mark.parametrize("origins", ["", "https://a.example", f"{PAGE}.evil.example"])
async def test_another_origin_is_told_no(origins: str) -> None:
    api = Api(cors_origins=origins)
    answer = await api.client.options(ADDRESS, headers=PREFLIGHT)
    assert (answer.status_code, answer.json()["code"]) == (403, "origin_not_allowed")
    assert "access-control-allow-origin" not in answer.headers
    posted = await api.post(headers={"Origin": PAGE})
    assert posted.status_code == 202  # a browser would not have sent it; a program may
    assert "access-control-allow-origin" not in posted.headers


@pytest.mark.parametrize("token", [None, "x"], ids=["accepted", "refused"])
async def test_every_answer_may_be_read_by_an_allowed_page(token: str | None) -> None:
    api = Api(cors_origins=PAGE)
    answer = await api.post(token=token, headers={"Origin": PAGE})
    assert answer.status_code == (401 if token else 202)
    assert answer.headers["access-control-allow-origin"] == PAGE
    assert answer.headers["vary"] == "origin"
    for name in ("date", "retry-after", "x-request-id"):
        assert name in answer.headers["access-control-expose-headers"]
    assert "access-control-allow-credentials" not in answer.headers


async def test_what_depends_on_the_origin_says_so_to_caches() -> None:
    api = Api(cors_origins=PAGE)
    assert (await api.post()).headers["vary"] == "origin"


async def test_options_without_an_origin_tells_the_methods(api: Api) -> None:
    answer = await api.client.options(MANY)
    assert (answer.status_code, answer.headers["allow"]) == (204, "GET, OPTIONS, POST")


@pytest.mark.parametrize(
    "origins",
    ["films.example", "null", f"{PAGE}/", f"{PAGE}/path", "HTTPS://Films.example", f"{PAGE}, x"],
)
def test_what_no_browser_sends_is_no_origin(origins: str) -> None:
    with pytest.raises(InvalidSettings, match="UGC_CORS_ORIGINS"):
        Cors(origins)


@pytest.mark.parametrize("origins", ["http://127.0.0.1:8080", "http://[::1]:8080", f" {PAGE} ,, *"])
def test_what_a_browser_sends_is_one(origins: str) -> None:
    Cors(origins)
