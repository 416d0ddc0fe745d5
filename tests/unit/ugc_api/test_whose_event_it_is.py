"""An event is its token's subject's; a service may speak for others, and of the reserved film."""

import pytest

from tests.unit.ugc_api.bearer import VIEWER, claims, signed
from tests.unit.ugc_api.serving import ADDRESS, FILM, Api, report, service_token

SOMEBODY_ELSE = "aa0e3f62-6f0c-4a2e-9f3c-5d1f2f5f9a01"
NIL = "00000000-0000-0000-0000-000000000000"


async def test_without_a_user_id_it_is_the_subjects(api: Api) -> None:
    await api.post()
    assert api.event.user_id == VIEWER


@pytest.mark.parametrize("text", [str(VIEWER), str(VIEWER).upper(), VIEWER.hex])
async def test_the_subjects_own_user_id_is_accepted(api: Api, text: str) -> None:
    assert (await api.post(report(user_id=text))).status_code == 202
    assert api.event.user_id == VIEWER


@pytest.mark.parametrize("user_id", [SOMEBODY_ELSE, NIL])
async def test_somebody_elses_is_forbidden(api: Api, user_id: str) -> None:
    answer = await api.post(report(user_id=user_id))
    assert (answer.status_code, answer.json()["code"]) == (403, "user_mismatch")
    assert api.publisher.events == []


async def test_a_service_may_speak_for_others(api: Api) -> None:
    assert (await api.post(report(user_id=SOMEBODY_ELSE), token=service_token())).status_code == 202
    assert str(api.event.user_id) == SOMEBODY_ELSE


async def test_a_service_may_speak_for_itself(api: Api) -> None:
    await api.post(token=service_token())
    assert api.event.user_id == VIEWER


@pytest.mark.parametrize(
    "roles",
    ["service", {"service": True}, [["service"]], ["Service"], ["service "], [None, 7], None, 1],
)
async def test_only_the_exact_role_in_a_list_makes_a_service(api: Api, roles: object) -> None:
    answer = await api.post(report(user_id=SOMEBODY_ELSE), token=signed(claims(roles=roles)))
    assert (answer.status_code, answer.json()["code"]) == (403, "user_mismatch")


@pytest.mark.parametrize("film", [NIL, "0" * 32])
async def test_the_nil_film_is_reserved(api: Api, film: str) -> None:
    answer = await api.post(to=ADDRESS.replace(str(FILM), film))
    assert (answer.status_code, answer.json()["code"]) == (422, "film_reserved")
    assert api.publisher.events == []


async def test_a_service_may_report_the_nil_film(api: Api) -> None:
    answer = await api.post(to=ADDRESS.replace(str(FILM), NIL), token=service_token())
    assert answer.status_code == 202
    assert str(api.event.film_id) == NIL
