"""What became of each report of a batch, and the answer that tells it."""

from collections import Counter
from collections.abc import Sequence

import orjson

from ugc_api.exchange import Answer
from ugc_api.ingest.identities import named
from ugc_api.problems import Problem
from ugc_events import ViewProgress

_NOT_ACKNOWLEDGED = {
    "code": "not_acknowledged",
    "detail": "Kafka did not acknowledge the event, it may be stored or not: send it again",
    "retryable": True,
}


class Outcome:
    """`events` are the valid ones; an index is a report's place in the batch, from 0."""

    def __init__(self) -> None:
        self.events: list[ViewProgress] = []
        self._indexes: list[int] = []
        self._refused: list[dict[str, object]] = []
        self._unknown = 0

    def take(self, index: int, event: ViewProgress) -> None:
        self._indexes.append(index)
        self.events.append(event)

    def refuse(self, index: int, problem: Problem) -> None:
        self._refused.append(
            {"index": index, "code": problem.code, "detail": problem.detail, "retryable": False}
        )

    def lose_sight_of(self, at: int) -> None:
        """Nobody knows whether Kafka has `events[at]`."""
        self._unknown += 1
        known = named(self.events[at])
        self._refused.append({"index": self._indexes[at], **_NOT_ACKNOWLEDGED, **known})

    @property
    def accepted(self) -> int:
        return len(self.events) - self._unknown

    @property
    def codes(self) -> dict[str, int]:
        """How many reports were refused under which code."""
        return Counter(str(one["code"]) for one in self._refused)

    def answer(self, minimal: bool) -> Answer:
        """202 for all, 207 for some. `minimal` leaves out the texts.
        Raises Problem when it is none: 503 if sending again may help, else 422."""
        if not self._refused:
            return Answer(202, orjson.dumps({"accepted": self.accepted}))
        refused = self._told(minimal)
        headers = {"Preference-Applied": "return=minimal"} if minimal else {}
        if self.accepted:
            body = orjson.dumps({"accepted": self.accepted, "refused": refused})
            return Answer(
                207, body, headers=[(n.lower().encode(), v.encode()) for n, v in headers.items()]
            )
        extra = {"accepted": 0, "refused": refused}
        if self._unknown:
            raise Problem(
                503,
                "not_acknowledged",
                "Kafka acknowledged none of the events, they may be stored or not: send them again",
                headers={"Retry-After": "1"},
                extra=extra,
            )
        raise Problem(422, "nothing_valid", "no report is valid", extra=extra)

    def _told(self, minimal: bool) -> Sequence[dict[str, object]]:
        refused = sorted(self._refused, key=lambda one: one["index"])  # type: ignore[arg-type,return-value]
        if not minimal:
            return refused
        return [{k: v for k, v in one.items() if k != "detail"} for one in refused]
