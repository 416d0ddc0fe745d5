"""What became of an event, by its receipt."""

from uuid import UUID

import pytest

from tests.unit.ugc_api.bearer import VIEWER
from tests.unit.ugc_api.reading import EVENT, METADATA, ReadApi
from ugc_api.reads.queries import event_anywhere

ADDRESS = f"/api/v1/events/{EVENT}"
STORED = [{"stored": 1}]


async def mine(api: ReadApi) -> int:
    """The partition of the viewer who asks."""
    reading = await api.freshness.reading()
    assert reading is not None
    return reading.partition(VIEWER)


@pytest.mark.parametrize(
    ("offset", "rows", "status"),
    [
        (3, [], "not_stored"),
        (6, [], "not_stored"),
        (7, [], "accepted"),
        (9, [], "accepted"),
        (10, [], "unknown"),
        (10**17, [], "unknown"),
        (3, STORED, "stored"),
        (8, STORED, "stored"),  # the worker has inserted, and not yet committed
        (10, STORED, "stored"),
    ],
)
async def test_a_receipt_is_passed_ahead_or_beyond(
    offset: int, rows: list[dict[str, object]], status: str
) -> None:
    api = ReadApi()
    api.offsets.tell(committed=7, end=10)
    api.warehouse.answers["event"] = rows
    answer = await api.get(ADDRESS, receipt=f"{await mine(api)}-{offset}")
    assert answer.json() == {
        "event_id": str(EVENT),
        "status": status,
        "as_of": METADATA.replace("+00:00", "Z"),
    }


@pytest.mark.parametrize(("rows", "status"), [([], "unknown"), (STORED, "stored")])
async def test_without_a_receipt_it_is_stored_or_unknown(
    rows: list[dict[str, object]], status: str
) -> None:
    api = ReadApi()
    api.warehouse.answers["event"] = rows
    assert (await api.get(ADDRESS)).json()["status"] == status


async def test_an_event_that_came_after_the_shared_reading_is_not_unknown() -> None:
    api = ReadApi()
    partition = await mine(api)
    api.offsets.tell(end=11)
    answer = await api.get(ADDRESS, receipt=f"{partition}-10")
    assert answer.json()["status"] == "accepted"
    assert api.offsets.readings == 2


async def test_the_commit_is_read_before_clickhouse() -> None:
    """The other way round, an event stored between the two would be taken for a lost one."""
    api = ReadApi()
    api.offsets.tell(committed=9, end=10)
    partition = await mine(api)
    look = api.warehouse.rows

    async def stored_meanwhile(
        name: str, sql: str, **parameters: object
    ) -> list[dict[str, object]]:
        rows = await look(name, sql, **parameters)
        api.offsets.tell(committed=10, end=10)
        return rows

    api.warehouse.rows = stored_meanwhile  # type: ignore[method-assign]
    answer = await api.get(ADDRESS, receipt=f"{partition}-9")
    assert answer.json()["status"] == "accepted"


@pytest.mark.parametrize(
    "receipt",
    ["", "null", "3", "3-", "-3", "3-4-5", "03-4", "3-04", "3--4", "3-4 ", "3-\u0664", "9" * 9999],
)
async def test_a_malformed_receipt_is_refused(receipt: str) -> None:
    api = ReadApi()
    answer = await api.get(ADDRESS, receipt=receipt)
    assert (answer.status_code, answer.json()["code"]) == (422, "receipt_invalid")
    assert not api.warehouse.asked


async def test_a_receipt_of_a_partition_that_the_viewer_has_no_events_in_is_refused() -> None:
    api = ReadApi()
    partition = await mine(api)
    for other in {*range(7), 999_999_999} - {partition}:
        answer = await api.get(ADDRESS, receipt=f"{other}-1")
        assert (answer.status_code, answer.json()["code"]) == (422, "receipt_invalid")


async def test_without_kafka_a_receipt_says_nothing() -> None:
    api = ReadApi()
    api.offsets.failure = OSError()
    answer = await api.get(ADDRESS, receipt="1-1")
    assert (answer.status_code, answer.json()["code"]) == (503, "kafka_away")
    assert answer.headers["Retry-After"] == "1"
    api.warehouse.answers["event"] = STORED
    assert (await api.get(ADDRESS)).json() == {
        "event_id": str(EVENT),
        "status": "stored",
        "as_of": None,
    }
    await api.freshness.__aexit__()


async def test_on_a_cluster_not_stored_is_said_after_every_replica_was_asked() -> None:
    api = ReadApi(cluster="company_cluster")
    api.offsets.tell(committed=10, end=10)
    receipt = f"{await mine(api)}-3"
    assert (await api.get(ADDRESS, receipt=receipt)).json()["status"] == "not_stored"
    assert [name for name, _ in api.warehouse.asked] == ["event", "event_anywhere"]
    api.warehouse.answers["event_anywhere"] = STORED
    assert (await api.get(ADDRESS, receipt=receipt)).json()["status"] == "stored"


async def test_a_service_asks_for_the_viewer_and_the_viewer_s_partition() -> None:
    api = ReadApi()
    other = UUID(int=5)
    reading = await api.freshness.reading()
    assert reading is not None
    receipt = f"{reading.partition(other)}-1"
    answer = await api.get(ADDRESS, "service", user_id=other, receipt=receipt)
    assert answer.json()["status"] == "not_stored"
    assert api.warehouse.asked == [("event", {"user_id": other, "event_id": EVENT})]


@pytest.mark.parametrize("name", ["", "c'", "a b", "x, y", "a-b"])
def test_a_cluster_s_name_is_a_word(name: str) -> None:
    assert "clusterAllReplicas('c_1x', movies.views_local)" in event_anywhere("c_1x")
    with pytest.raises(ValueError, match="not the name"):
        event_anywhere(name)
