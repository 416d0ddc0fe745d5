"""A soak's clients and its verdict on a real stack: an event that is not stored is named."""

import io
import uuid
from datetime import UTC, datetime

from soak.clients import Clients, Pace
from soak.diary import Diaries
from soak.verdict import judge

from embedded import token
from embedded.settings import HOST
from telemetry.screen import Screen
from tests.analyst import Analyst
from tests.players import at_work
from tests.stack import RunningStack
from tests.waiting import until

NOBODY = uuid.UUID(int=0)


async def test_every_answered_event_is_compared_and_a_lost_one_is_named(
    running_stack: RunningStack,
) -> None:
    settings, screen = running_stack.settings, Screen(io.StringIO())
    diaries = Diaries(uuid.uuid4().int % (1 << 48), viewers=8)
    tokens = [token.mint(settings, viewer) for viewer in diaries.viewers]
    clients = Clients((HOST, settings.http_port), diaries, tokens, Pace(200), connections=4)
    async with at_work(clients.play):
        await until(lambda: diaries.accepted >= 200)
    ours = ",".join(f"'{viewer}'" for viewer in diaries.viewers)
    count = f"SELECT count() FROM movies.views WHERE user_id IN ({ours})"

    async def stored() -> bool:
        return int(await Analyst(settings).value(count)) == diaries.accepted

    await until(stored, within=30, every=0.2)
    verdict = await judge(settings, diaries, NOBODY, screen)
    assert verdict.complaints == []
    assert verdict.accepted == verdict.stored == diaries.accepted

    diary = diaries.each[3]
    lost = diary.begin(datetime.now(UTC))  # answered, says the ledger; nobody sent it
    diaries.accept(diary, lost)
    verdict = await judge(settings, diaries, NOBODY, screen)
    assert verdict.differences["missing"] >= 1
    assert any(
        line.startswith("missing: views") and str(lost.identity[2]) in line
        for line in verdict.complaints
    )
