"""Another viewer's data: who may not, can neither write nor read it, nor learn that it is there."""

from typing import Any, NamedTuple
from uuid import UUID, uuid4

import httpx
import pytest

from embedded import token
from tests.analyst import Analyst
from tests.stack import RunningStack
from tests.waiting import until

FILMS = "/api/v1/progresses/films/"
LIST = "/api/v1/progresses"
OFFSET = "/bigdata-api/v1/producer/views"


class Victim(NamedTuple):
    """Reported a film that nobody else knows."""

    user: UUID
    film: UUID
    event: str
    receipt: str


def bearer(stack: RunningStack, user: UUID, *roles: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token.mint(stack.settings, user, roles)}"}


@pytest.fixture(scope="module")
async def victim(running_stack: RunningStack, asking: httpx.AsyncClient) -> Victim:
    user, film = uuid4(), uuid4()
    answer = await asking.post(
        f"{running_stack.settings.front_url}{FILMS}{film}",
        json={"progress": 1, "total": 2},
        headers=bearer(running_stack, user),
    )
    told = answer.json()
    await until(lambda: Analyst(running_stack.settings).stored(UUID(told["event_id"])))
    return Victim(user, film, told["event_id"], told["receipt"])


WRITES = [
    (FILMS + "{film}", {"progress": 2, "total": 2, "user_id": "{user}"}),
    (OFFSET, {"movie_id": "{film}", "movie_time_offset": 2000, "user_id": "{user}"}),
    (LIST, [{"film_id": "{film}", "progress": 2, "total": 2, "user_id": "{user}"}]),
]


def filled(shape: Any, victim: Victim) -> Any:
    if isinstance(shape, str):
        return shape.format(**{k: str(v) for k, v in victim._asdict().items()})
    if isinstance(shape, list):
        return [filled(one, victim) for one in shape]
    return {k: filled(v, victim) for k, v in shape.items()} if isinstance(shape, dict) else shape


@pytest.mark.usefixtures("nothing_published")
@pytest.mark.parametrize("roles", [(), ("analyst",), ("views_statistic", "admin", "services")])
async def test_nobody_writes_for_another(
    running_stack: RunningStack,
    asking: httpx.AsyncClient,
    victim: Victim,
    door: str,
    roles: tuple[str, ...],
) -> None:
    headers = bearer(running_stack, uuid4(), *roles)
    for address, shape in WRITES:
        answer = await asking.post(
            door + filled(address, victim), json=filled(shape, victim), headers=headers
        )
        found = answer.json()
        code = found["refused"][0]["code"] if address == LIST else found["code"]
        assert (answer.status_code, code) == (422 if address == LIST else 403, "user_mismatch")


async def test_of_a_batch_only_the_own_go_in(
    running_stack: RunningStack, asking: httpx.AsyncClient, victim: Victim, door: str
) -> None:
    me, film = uuid4(), uuid4()
    one = {"film_id": str(film), "progress": 1, "total": 2}
    batch = [one, {**one, "user_id": str(victim.user)}, {**one, "user_id": str(me)}]
    answer = await asking.post(door + LIST, json=batch, headers=bearer(running_stack, me))
    assert (answer.status_code, answer.json()["accepted"]) == (207, 2)
    analyst = Analyst(running_stack.settings)
    query = f"SELECT user_id FROM movies.views FINAL WHERE film_id = '{film}'"

    async def stored() -> bool:
        return len(await analyst.rows(query)) == 2

    await until(stored)
    assert await analyst.rows(query) == [[str(me)], [str(me)]]


@pytest.mark.parametrize("roles", [(), ("analyst",), ("views_statistic", "admin", "services")])
async def test_nobody_reads_of_another(
    running_stack: RunningStack,
    asking: httpx.AsyncClient,
    victim: Victim,
    door: str,
    roles: tuple[str, ...],
) -> None:
    headers = bearer(running_stack, uuid4(), *roles)
    for path in (f"{FILMS}{victim.film}", LIST, f"/api/v1/events/{victim.event}"):
        for query in (f"user_id={victim.user}", f"user_id={uuid4()}&user_id={victim.user}"):
            answer = await asking.get(f"{door}{path}?{query}", headers=headers)
            assert (answer.status_code, answer.json()["code"]) == (403, "user_mismatch")


async def test_what_another_has_looks_like_what_is_not_there(
    running_stack: RunningStack, asking: httpx.AsyncClient, victim: Victim, door: str
) -> None:
    headers = bearer(running_stack, uuid4())
    for theirs, nobodys in [
        (f"{FILMS}{victim.film}", f"{FILMS}{uuid4()}"),
        (f"/api/v1/events/{victim.event}", f"/api/v1/events/{uuid4()}"),
    ]:
        answer = await asking.get(door + theirs, headers=headers)
        other = await asking.get(door + nobodys, headers=headers)
        assert answer.status_code == other.status_code
        known, unknown = answer.json(), other.json()
        for varying in ("as_of", "event_id"):
            known.pop(varying, None)
            unknown.pop(varying, None)
        assert known == unknown


async def test_a_receipt_of_another_tells_nothing_of_their_event(
    running_stack: RunningStack, asking: httpx.AsyncClient, victim: Victim, door: str
) -> None:
    """Offsets are no secret: who asks learns whether that place was passed, not what is there."""
    address = f"{door}/api/v1/events/{victim.event}?receipt={victim.receipt}"
    for _ in range(24):  # of them some share the victim's partition
        answer = await asking.get(address, headers=bearer(running_stack, uuid4()))
        told = answer.json()
        assert told.get("code") == "receipt_invalid" or told["status"] == "not_stored", told


async def test_a_cursor_of_another_walks_through_the_own_films(
    running_stack: RunningStack, asking: httpx.AsyncClient, door: str
) -> None:
    owner, me = uuid4(), uuid4()
    for _ in range(2):
        report = {"progress": 1, "total": 2}
        headers = bearer(running_stack, owner)
        answer = await asking.post(f"{door}{FILMS}{uuid4()}", json=report, headers=headers)
        assert answer.status_code == 202

    async def page() -> dict[str, Any]:
        answer = await asking.get(f"{door}{LIST}?limit=1", headers=bearer(running_stack, owner))
        return dict(answer.json())

    async def walking() -> bool:
        return bool((await page())["next_cursor"])

    await until(walking)
    cursor = (await page())["next_cursor"]
    answer = await asking.get(f"{door}{LIST}?cursor={cursor}", headers=bearer(running_stack, me))
    assert (answer.status_code, answer.json()["items"]) == (200, [])
