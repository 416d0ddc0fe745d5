"""What became of an event, asked of a running stack."""

from uuid import UUID, uuid4

import pytest

from tests.analyst import Analyst
from tests.integration.reads.reader import reader
from tests.stack import RunningStack
from tests.waiting import until
from ugc_api.reads.queries import event_anywhere


async def test_an_event_is_accepted_then_stored_and_erased_it_is_not_stored(
    running_stack: RunningStack,
) -> None:
    async with reader(running_stack.settings) as viewer:
        accepted = await viewer.report(uuid4())
        event, receipt = accepted["event_id"], accepted["receipt"]
        seen = set()

        async def stored() -> bool:
            status = (await viewer.status(event, receipt=receipt))["status"]
            seen.add(status)
            return bool(status == "stored")

        await until(stored, within=3)
        assert seen <= {"accepted", "stored"}
        assert (await viewer.status(event))["status"] == "stored"

        await Analyst(running_stack.settings).erase(UUID(event))
        assert (await viewer.status(event))["status"] == "unknown"

        async def passed() -> bool:
            return bool((await viewer.status(event, receipt=receipt))["status"] == "not_stored")

        await until(passed, within=3)


async def test_what_was_never_sent_is_unknown(running_stack: RunningStack) -> None:
    async with reader(running_stack.settings) as viewer:
        accepted = await viewer.report(uuid4())
        partition, offset = accepted["receipt"].split("-")
        beyond = f"{partition}-{int(offset) + 1_000_000}"
        assert (await viewer.status(uuid4(), receipt=beyond))["status"] == "unknown"
        assert (await viewer.status(uuid4()))["status"] == "unknown"
        elsewhere = await viewer.get(
            f"/api/v1/events/{accepted['event_id']}", receipt=f"{(int(partition) + 1) % 6}-0"
        )
        assert (elsewhere.status_code, elsewhere.json()["code"]) == (422, "receipt_invalid")


async def test_the_question_to_all_replicas_is_sql(running_stack: RunningStack) -> None:
    """There is no cluster here to ask: the engine only parses it."""
    analyst = Analyst(running_stack.settings)
    text = event_anywhere("company_cluster").replace("'", "''")
    parsed = await analyst.value(f"SELECT formatQuerySingleLine('{text}')")
    assert "FROM clusterAllReplicas('company_cluster', movies.views_local)" in parsed.replace(
        "\\'", "'"
    )
    with pytest.raises(AssertionError, match="Syntax error"):
        await analyst.value(f"SELECT formatQuerySingleLine('{text} WHERE')")
