"""A token that is not the issuer's own, unchanged, is nobody's: at both doors, in one text."""

from collections.abc import Mapping
from uuid import UUID, uuid4

import httpx
import pytest

from embedded.credentials import Credentials
from embedded.settings import Settings
from tests.integration.security.forgeries import SIGNATURES, Forgery, claims, good, says
from tests.integration.security.strangers import LIST, REPORT, assert_strangers
from tests.integration.security.wrong_claims import CLAIMS, HEADERS
from tests.stack import RunningStack
from tests.unit.ugc_api.bearer import signed


@pytest.fixture
def settings(running_stack: RunningStack) -> Settings:
    return running_stack.settings


@pytest.fixture
def secret(settings: Settings) -> str:
    return Credentials.load(settings.data_dir).jwt_secret


@pytest.mark.parametrize(
    ("reason", "forgeries"),
    [
        pytest.param(reason, forgeries, id=f"{what}-{reason}")
        for what, cases in {"signed": SIGNATURES, "header": HEADERS, "claims": CLAIMS}.items()
        for reason, forgeries in cases.items()
    ],
)
async def test_it_is_nobodys(
    settings: Settings,
    secret: str,
    nothing_published: None,
    asking: httpx.AsyncClient,
    door: str,
    reason: str,
    forgeries: Mapping[str, Forgery],
) -> None:
    tokens = {name: forge(secret) for name, forge in forgeries.items()}
    await assert_strangers(settings, asking, door, tokens, reason)


async def test_the_token_they_are_made_from_is_good(
    secret: str, asking: httpx.AsyncClient, door: str
) -> None:
    """What is refused above is refused for what was changed."""
    headers = {"Authorization": f"Bearer {good(secret)}"}
    assert (await asking.get(door + LIST, headers=headers)).status_code == 200


async def test_of_two_subjects_the_last_counts_everywhere(
    secret: str, asking: httpx.AsyncClient, door: str
) -> None:
    """RFC 7519 section 4 allows it; nobody is one viewer for a report and another for a reading."""
    last = uuid4()
    token = says(f'"sub":"{last}"')(secret)
    headers = {"Authorization": f"Bearer {token}"}
    report = {"progress": 1, "total": 2, "user_id": str(last)}
    assert (await asking.post(door + REPORT, json=report, headers=headers)).status_code == 202
    answer = await asking.get(door + LIST, params={"user_id": str(last)}, headers=headers)
    assert answer.status_code == 200


ROLES: Mapping[str, object] = {
    "a word": "service",
    "a word of many": "viewer service",
    "an object": {"service": True},
    "a list in a list": [["service"]],
    "another case": ["Service", "SERVICE"],
    "with a space": ["service "],
    "not a word": [1, None, {"service": 1}],
    "of a film's reader": ["analyst"],
    "nothing": None,
}


@pytest.mark.parametrize("roles", ROLES.values(), ids=ROLES)
async def test_what_is_no_list_with_service_in_it_is_no_service(
    secret: str,
    nothing_published: None,
    asking: httpx.AsyncClient,
    door: str,
    roles: object,
) -> None:
    other = UUID(int=5)
    headers = {"Authorization": f"Bearer {signed(claims(roles=roles), secret=secret)}"}
    report = {"progress": 1, "total": 2, "user_id": str(other)}
    for answer in (
        await asking.post(door + REPORT, json=report, headers=headers),
        await asking.get(door + LIST, params={"user_id": str(other)}, headers=headers),
    ):
        assert (answer.status_code, answer.json()["code"]) == (403, "user_mismatch")
