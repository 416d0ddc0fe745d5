"""What of chaos runs on every change: each window and each process once, and the verdict itself."""

from pathlib import Path

from tests.analyst import Analyst
from tests.chaos.clients import Habits, clients
from tests.chaos.kills import kill_api, kill_broker, kill_clickhouse
from tests.chaos.ledger import Ledger
from tests.chaos.outcome import Outcome
from tests.chaos.reports import FILMS
from tests.chaos.trial import Report
from tests.chaos.verdict import judge
from tests.chaos.windows import WINDOWS, watched
from tests.players import more_accepted
from tests.stack import private_stack


async def test_a_kill_in_every_window_and_of_every_process_loses_nothing(
    tmp_path: Path, report: Report, seed: int
) -> None:
    async with watched(
        "each kill once", seed, tmp_path, report, KAFKA_PRODUCER_TIMEOUT_MS="1000"
    ) as windows:
        for window in WINDOWS:
            await windows.kill_in(window)
        await windows.kill_in("between insert and commit", unanswered=True)
        await kill_clickhouse(windows, "during insert")
        await kill_api(windows.trial)
        await kill_broker(windows.trial)


async def test_the_verdict_sees_each_kind_of_harm(tmp_path: Path) -> None:
    """What every case relies on can fail."""
    ledger = Ledger()
    async with private_stack(tmp_path, UGC_RATE_PER_USER="0") as stack:
        settings, analyst = stack.settings, Analyst(stack.settings)
        await stack.start()
        habits = Habits(without_time=0.2, shared=0)  # one id, one event
        async with clients(settings, ledger, 1, habits, settings.api_url):
            await more_accepted(ledger, 150)
        await analyst.assert_agrees(ledger)

        async def seen() -> tuple[int, int, int]:
            outcome = Outcome("harmed", 1)
            await judge(settings, ledger, outcome)
            assert bool(outcome.complaints) != outcome.kept
            return outcome.lost, outcome.twice, outcome.wrong

        assert await seen() == (0, 0, 0)
        own = next(i for i in ledger.accepted if i[1] not in FILMS)  # its film has one viewer
        other = next(user for user, _, _ in ledger.accepted if user != own[0])
        await analyst.rows(
            "INSERT INTO movies.viewer_days_local SELECT * REPLACE "
            f"(toUUID('{other}') AS user_id) FROM movies.viewer_days WHERE film_id = '{own[1]}'"
        )
        assert await seen() == (0, 1, 2)  # a viewer's day, and the film's with one too many
        await analyst.rows(
            "INSERT INTO movies.positions_local SELECT * REPLACE (version + 1 AS version, "
            "progress + 1 AS progress) FROM movies.positions "
            f"WHERE which = 'latest' AND film_id = '{own[1]}'"
        )
        assert await seen() == (0, 1, 3)
        await analyst.erase(next(i for i in ledger.accepted if i[1] in FILMS)[2])
        assert await seen() == (1, 1, 3)
        del ledger.accepted[own]
        assert (await seen())[2] > 3  # what nobody sent
