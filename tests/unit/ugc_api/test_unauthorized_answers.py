"""401 is the same for every cause; only the metric tells them apart."""

import httpx

from tests.unit.ugc_api.bearer import NOW, SECRET, claims, signed
from tests.unit.ugc_api.serving import ADDRESS, Api

AUTHORIZATIONS = {
    "missing": None,
    "not_bearer": "Basic dXNlcjpwYXNz",
    "decode": "Bearer x",
    "signature": f"Bearer {signed(secret=SECRET[::-1])}",
    "expired": f"Bearer {signed(claims(exp=NOW - 60))}",
    "lifetime": f"Bearer {signed(claims(exp=NOW * 2))}",
    "malformed": f"Bearer {signed(claims(exp=10**400))}",
    "subject": f"Bearer {signed(claims(sub='me'))}",
    "invalid_algorithm": f"Bearer {signed(header={'alg': 'none'})}",
    "refresh_token": f"Bearer {signed(claims(type='refresh'))}",
    "type": f"Bearer {signed(header={'alg': 'HS256', 'typ': 'x'})}",
    "too_long": f"Bearer {'x' * 9000}",
}


async def ask(api: Api, authorization: str | None) -> httpx.Response:
    headers = {} if authorization is None else {"Authorization": authorization}
    return await api.client.post(ADDRESS, content=b"{}", headers=headers)


async def test_a_stranger_learns_nothing(api: Api) -> None:
    answers = [await ask(api, authorization) for authorization in AUTHORIZATIONS.values()]
    assert {answer.status_code for answer in answers} == {401}
    assert len({answer.content for answer in answers}) == 1
    (headers,) = {
        tuple((k, v) for k, v in answer.headers.multi_items() if k != "x-request-id")
        for answer in answers
    }
    assert dict(headers)["www-authenticate"] == "Bearer"
    assert dict(headers)["content-type"] == "application/problem+json"
    assert answers[0].json()["code"] == "unauthorized"
    assert api.publisher.events == []


async def test_each_cause_is_counted(api: Api) -> None:
    for authorization in AUTHORIZATIONS.values():
        await ask(api, authorization)
    for reason in AUTHORIZATIONS:
        assert api.measured("ugc_auth_failures_total", reason=reason) == 1, reason
    refused = api.measured("ugc_events_refused_total", code="unauthorized")
    assert refused == len(AUTHORIZATIONS)


async def test_a_token_is_asked_for_before_anything_else(api: Api) -> None:
    """Not even the size of the body or the name of the film is looked at for a stranger."""
    answer = await api.client.post(
        "/api/v1/progresses/films/no-film", content=b"x" * 100_000, headers={"Content-Type": "x/y"}
    )
    assert answer.status_code == 401
