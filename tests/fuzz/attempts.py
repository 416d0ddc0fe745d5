"""The cases of the fuzz: a route, a kind of request, and who makes it."""

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from tests.fuzz import reports, tokens
from tests.fuzz.document import EVENT, INGEST, LIST, MANY, Case, Operation
from tests.fuzz.drawn import Drawn
from tests.fuzz.garbled import garble
from tests.fuzz.known import Known
from tests.fuzz.sound import sound
from tests.fuzz.tokens import Viewer
from tests.fuzz.wrong_reads import wrong_read
from tests.fuzz.wrong_reports import break_a_report

Kind = Literal["sound", "wrong", "allowed", "forbidden", "garbled", "method"]
"""Made by our own rules; against one of them; by the document; against it; broken on the wire; of
another method."""

SHARES: Mapping[Kind, int] = {
    "sound": 38,
    "wrong": 14,
    "allowed": 17,
    "forbidden": 17,
    "garbled": 12,
    "method": 2,
}
FLAWED = 0.16  # of what goes to a route that asks for a token
WEIGHT = 6  # of a route that takes parameters, against one that takes none
METHODS: tuple[Literal["PUT", "DELETE", "PATCH"], ...] = ("PUT", "DELETE", "PATCH")

OPEN = ("GET /healthz", "GET /readyz")
"""Routes that ask for no token."""


@dataclass(frozen=True)
class Attempt:
    """One request. `flaw` says what is wrong with its token, if anything is; `code` what it has to
    be refused with, where that is known."""

    case: Case
    kind: Kind
    viewer: Viewer
    authorization: str | None
    flaw: str | None = None
    code: str | None = None

    @property
    def route(self) -> str:
        return str(self.case.operation.label)


class Attempts:
    """Of all routes, without end. The same seed asks the same, as far as the answers allow."""

    def __init__(
        self, operations: Sequence[Operation], known: Known, secret: str, rng: random.Random
    ) -> None:
        self._operations = operations
        self._weights = [WEIGHT if _has_parameters(one) else 1 for one in operations]
        self._known = known
        self._secret = secret
        self._rng = rng
        self._drawn = {
            (one.label, kind): Drawn(one, kind == "allowed", rng.getrandbits(32))
            for one in operations
            for kind in ("allowed", "forbidden")
        }

    def next(self) -> Attempt:
        rng = self._rng
        (operation,) = rng.choices(self._operations, self._weights)
        flawed = operation.label not in OPEN and rng.random() < FLAWED
        kind = self._kind(operation, flawed)
        case, viewer, code = self._case(operation, kind, flawed)
        if flawed:
            flaw, authorization = tokens.broken(rng, viewer, self._secret)
            return Attempt(case, kind, viewer, authorization, flaw, "unauthorized")
        authorization = tokens.valid(rng, viewer, self._secret)
        return Attempt(case, kind, viewer, authorization, None, code)

    def _kind(self, operation: Operation, flawed: bool) -> Kind:
        if not _has_parameters(operation):
            return "sound"
        (kind,) = self._rng.choices([*SHARES], [*SHARES.values()])
        # Address and method have to be right: only then it is asked who comes.
        return "garbled" if flawed and kind in ("forbidden", "method") else kind

    def _case(
        self, operation: Operation, kind: Kind, flawed: bool
    ) -> tuple[Case, Viewer, str | None]:
        rng, code = self._rng, None
        if kind == "wrong" and (found := wrong_read(operation, rng, self._known)):
            return found
        if kind in ("allowed", "forbidden"):
            case = self._drawn[operation.label, kind].next()
            if kind == "allowed":
                _keep_unwritten_rules(case, rng, self._known)
            return case, self._known.viewer(rng, *_roles(rng, operation)), code
        case, viewer = sound(operation, rng, self._known)
        if kind == "garbled":
            garble(rng, case, only_content=flawed)
        if kind == "wrong" and operation.label in INGEST:
            code = break_a_report(rng, case, viewer)
        if kind == "method":
            case.method = rng.choice(METHODS)
        return case, viewer, code


def _keep_unwritten_rules(case: Case, rng: random.Random, known: Known) -> None:
    """What no schema says: a position lies inside its film, an id alone carries its time, 5.0 is no
    whole number here, and a cursor or a receipt is one that was given."""
    if case.operation.label in INGEST:
        body: Any = case.body
        for report in body if case.operation.label == MANY else [body]:
            if "movie_time_offset" in report:
                report["movie_time_offset"] = int(report["movie_time_offset"])
            if "total" in report:
                report["total"] = max(0.001, report["total"])
                report["progress"] = min(report["progress"], report["total"])
            if "event_id" in report and "event_time" not in report:
                report["event_id"] = str(reports.uuid7(rng, reports.moment(rng)))
    query = dict(case.query)
    if case.operation.label == LIST and query.pop("cursor", None) and known.cursors:
        query["cursor"] = rng.choice(known.cursors).cursor
    if case.operation.label == EVENT and query.pop("receipt", None) and known.events:
        event = rng.choice(known.events)
        query |= {"receipt": event.receipt, "user_id": str(event.user)}
    case.query = query


def _roles(rng: random.Random, operation: Operation) -> Sequence[str]:
    """A schema does not say whose events are whose: a batch with a stranger's in it is no success,
    other routes answer 403."""
    return rng.choice([(), ("service", "analyst")]) if operation.label != MANY else ("service",)


def _has_parameters(operation: Operation) -> bool:
    places = (operation.path_parameters, operation.query, operation.headers, operation.body)
    return any(len(place) for place in places)
