"""One `event_id` used by two viewers: two events, whatever is killed meanwhile."""

from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.chaos.clients import Habits
from tests.chaos.trial import Report, trial

pytestmark = [pytest.mark.chaos, pytest.mark.timeout(300)]


async def test_one_id_of_two_viewers_is_two_events(
    tmp_path: Path, report: Report, seed: int, rounds: Callable[[int], int]
) -> None:
    habits = Habits(shared=1.0)
    async with trial("one id, two viewers", seed, tmp_path, report, habits=habits) as t:
        (worker,) = t.stack.etl
        for _ in t.rounds(rounds(5)):
            await t.flows(100)
            await t.kill(worker)
            await t.revive(worker)
            await t.flows(20)
    viewers = Counter(event_id for _, _, event_id in t.ledger.accepted)
    assert sum(count > 1 for count in viewers.values()) > 10, "hardly an id was shared"
