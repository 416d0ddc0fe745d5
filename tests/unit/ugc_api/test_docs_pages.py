"""The documentation pages work without the Internet, and what is not there is a problem too."""

from html.parser import HTMLParser

import pytest

from tests.unit.ugc_api.serving import Api


class Assets(HTMLParser):
    """What a page makes a browser load."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag in {"script", "link", "img", "iframe"}:
            self.found += filter(None, (given.get("src"), given.get("href")))


@pytest.mark.parametrize("page", ["/api/docs", "/api/redoc"])
async def test_a_page_loads_only_what_we_serve(api: Api, page: str) -> None:
    answer = await api.client.get(page)
    assert answer.status_code == 200
    assets = Assets(answer.text).found
    assert any(asset.endswith(".js") for asset in assets)
    for asset in assets:
        assert asset.startswith("/api/"), asset
        served = await api.client.get(asset)
        assert served.status_code == 200
        assert len(served.content) > 100


@pytest.mark.parametrize("asset", ["nothing.js", "../front.py", "%2e%2e/%2e%2e/front.py", "/"])
async def test_nothing_else_is_served_beside_them(api: Api, asset: str) -> None:
    answer = await api.client.get(f"/api/assets/{asset}")
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


@pytest.mark.parametrize("address", ["/docs", "/redoc", "/openapi.json", "/metrics", "/"])
async def test_there_is_nothing_at_the_usual_other_addresses(api: Api, address: str) -> None:
    answer = await api.client.get(address)
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
    assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize("address", ["/healthz", "/readyz", "/api/docs", "/api/openapi.json"])
async def test_another_method_is_refused_as_a_problem(api: Api, address: str) -> None:
    answer = await api.client.post(address)
    assert (answer.status_code, answer.json()["code"]) == (405, "method_not_allowed")
    assert "GET" in answer.headers["allow"]
    assert answer.headers["content-type"] == "application/problem+json"


async def test_alive_is_not_ready(api: Api) -> None:
    assert (await api.client.get("/healthz")).json() == {"status": "ok"}
    answer = await api.client.get("/readyz")
    assert (answer.status_code, answer.json()["code"]) == (503, "not_ready")
    assert answer.json()["missing"] == ["kafka"]
    assert answer.headers["retry-after"] == "1"
