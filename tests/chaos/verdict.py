"""What came of a trial: the tables held against the ledger, and the differences counted."""

from collections.abc import Sequence

from embedded.settings import Settings
from simulator.balance import complaints
from simulator.comparison import Difference, differences, identity_of
from simulator.ledger import film_days, viewer_days
from simulator.records import Records, read
from simulator.warehouse import Warehouse
from tests.analyst import Analyst
from tests.chaos.ledger import Ledger
from tests.chaos.outcome import Outcome


async def found(settings: Settings, ledger: Ledger) -> tuple[Records, Sequence[Difference]]:
    """Every row there is of the trial's viewers, and how they differ from the ledger."""
    known = (ledger.accepted, ledger.unanswered, ledger.strangers)
    viewers = {place[0] for places in known for place in places}
    records = await read(Warehouse(settings), viewers)
    ledger.adopt(records)
    return records, differences(ledger, records)


async def judge(settings: Settings, ledger: Ledger, outcome: Outcome) -> None:
    """Fill in what was lost, counted twice and wrong; rows of nobody's are wrong, too."""
    records, differing = await found(settings, ledger)
    everybodys = int(await Analyst(settings).value("SELECT count() FROM movies.views FINAL"))
    outcome.answers = dict(sorted(ledger.answers.items()))
    outcome.accepted = len(ledger.accepted)
    outcome.lost = sum(one.kind == "missing" and one.table == "views" for one in differing)
    repeated = sum(one.kind == "twice" for one in differing)
    outcome.twice = repeated + _counted_more_than_once(ledger, records)
    outcome.wrong = len(differing) - outcome.lost - repeated + everybodys - len(records.views)
    # an answer that nobody could give is wrong as well; strangers may stay unanswered
    outcome.wrong += len(ledger.surprises)
    named = [line for line in complaints(ledger, differing) if not line.startswith("never")]
    outcome.complaints = [] if outcome.kept else named


def _counted_more_than_once(ledger: Ledger, records: Records) -> int:
    """Films' days with more viewers than there were."""
    stored = set(map(identity_of, records.views))
    there = ledger.accepted | {i: r for i, r in ledger.unanswered.items() if i in stored}
    due = film_days(viewer_days(there).items())
    return sum(
        films.viewers > due[day].viewers for day, films in records.film_days.items() if day in due
    )
