"""The documents are open until a password is set; older addresses lead to them."""

import pytest

from tests.unit.ugc_api.serving import Api

DOCUMENTS = ["/api/docs", "/api/redoc", "/api/openapi.json", "/api/docs/oauth2-redirect"]
RIGHT = ("films", "p:ss wörd")


def closed() -> Api:
    return Api(docs_username=RIGHT[0], docs_password=RIGHT[1])


@pytest.mark.parametrize("address", DOCUMENTS)
async def test_without_a_password_they_are_open(api: Api, address: str) -> None:
    assert (await api.client.get(address)).status_code == 200


@pytest.mark.parametrize("address", DOCUMENTS)
async def test_who_has_it_gets_in(address: str) -> None:
    encoded = (RIGHT[0], RIGHT[1].encode())
    assert (await closed().client.get(address, auth=encoded)).status_code == 200


@pytest.mark.parametrize("address", [*DOCUMENTS, "/api/docs/", "/api/docs/x"])
@pytest.mark.parametrize(
    "given",
    [
        {},
        {"Authorization": "Basic"},
        {"Authorization": "Basic ZmlsbXM6"},
        {"Authorization": "Basic !!!"},
        {"Authorization": "Bearer ZmlsbXM6cDpzcyB3w7ZyZA=="},
    ],
)
async def test_who_has_not_is_asked_for_it(address: str, given: dict[str, str]) -> None:
    answer = await closed().client.get(address, headers=given)
    assert (answer.status_code, answer.json()["code"]) == (401, "password_required")
    assert answer.headers["www-authenticate"].startswith("Basic realm=")


async def test_events_need_no_password_of_documents() -> None:
    assert (await closed().post()).status_code == 202


@pytest.mark.parametrize(
    ("older", "address"),
    [
        ("/bigdata-api/openapi", "/api/docs"),
        ("/bigdata-api/openapi.json", "/api/openapi.json"),
    ],
)
async def test_older_addresses_lead_to_them(api: Api, older: str, address: str) -> None:
    answer = await api.client.get(older)
    assert answer.headers["location"] == address
    assert answer.is_redirect
