"""The ledger of a trial: what was answered, where it stands in the topic, and what may be there
without anybody knowing its name.

A report without id and time that got no answer may have become an event, whose id nobody learnt.
Such a stranger is allowed where that report was sent to, once for each try without an answer.
"""

import time
from dataclasses import dataclass, field
from typing import NamedTuple

from simulator.comparison import identity_of, place_of, reported_of
from simulator.ledger import Identity, Place
from simulator.records import Records
from tests import players


class Receipt(NamedTuple):
    """Where the only delivery of an event stands in the topic; `at` by the monotonic clock."""

    partition: int
    offset: int
    at: float


@dataclass
class Strangers:
    progress: float
    total: float
    tries: int = 0


@dataclass
class Ledger(players.Ledger):
    strangers: dict[Place, Strangers] = field(default_factory=dict)
    receipts: dict[Identity, Receipt] = field(default_factory=dict)
    nameless: int = 0  # accepted that had carried neither id nor time
    cut_off: int = 0  # requests that were on their way when their connection ended

    def took_no_answer(self, place: Place, progress: float, total: float) -> None:
        """A report without a name may have become an event at `place`."""
        self.strangers.setdefault(place, Strangers(progress, total)).tries += 1

    @property
    def in_flight(self) -> int:
        """Requests that nobody has answered yet."""
        return self.sent - sum(self.answers.values())

    def acknowledge(self, identity: Identity, receipt: str | None, tries: int) -> None:
        """Keep the receipt of an event that was sent once; a further delivery stands elsewhere."""
        if tries == 1 and receipt is not None:
            partition, offset = receipt.split("-")
            self.receipts[identity] = Receipt(int(partition), int(offset), time.monotonic())
        else:
            self.receipts.pop(identity, None)

    def adopt(self, records: Records) -> int:
        """Take the strangers among `records` for events never answered; how many they are."""
        adopted: dict[Identity, players.Reported] = {}
        left = {place: strangers.tries for place, strangers in self.strangers.items()}
        for row in records.views:
            identity, place, reported = identity_of(row), place_of(row), reported_of(row)
            if identity in self.accepted or not left.get(place):
                continue
            sent = self.strangers[place]
            if (reported.progress, reported.total) == (sent.progress, sent.total):
                left[place] -= 1
                adopted[identity] = reported
        self.unanswered.update(adopted)
        return len(adopted)
