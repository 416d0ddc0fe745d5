"""Reports that break one rule and keep all others, with the code that has to name it: the rules of
which no schema tells, and those that a schema has, one at a time."""

import copy
import random
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from tests.fuzz import reports
from tests.fuzz.document import MANY, OFFSET, Case
from tests.fuzz.reports import Report
from tests.fuzz.tokens import Viewer

Change = Report | Callable[[random.Random], Report]
"""Fields and their other values; `...` leaves one out."""

_NIL = str(UUID(int=0))


def _at(behind: timedelta) -> str:
    return (datetime.now(UTC) - behind).isoformat()


def _id_of(rng: random.Random, behind: timedelta) -> Report:
    """An id that alone has to say when."""
    return {"event_id": str(reports.uuid7(rng, datetime.now(UTC) - behind)), "event_time": ...}


_OF_ALL: Sequence[tuple[str, Change]] = (
    ("event_time_out_of_window", lambda _: {"event_time": _at(timedelta(days=30, seconds=5))}),
    ("event_time_out_of_window", lambda _: {"event_time": _at(timedelta(minutes=-6))}),
    ("event_time_required", lambda rng: {"event_id": str(reports.new(rng)), "event_time": ...}),
    ("event_time_required", lambda rng: _id_of(rng, timedelta(days=30, seconds=5))),
    ("event_time_required", lambda rng: _id_of(rng, timedelta(minutes=-6))),
    ("invalid_field", {"event_time": "2026-01-01T00:00:00"}),
    ("invalid_field", {"event_time": 1_790_000_000}),
    ("invalid_field", {"event_id": "me"}),
    ("invalid_field", {"user_id": None}),
    ("unknown_field", {"mood": "good"}),
)
_OF_PROGRESS: Sequence[tuple[str, Change]] = (
    ("progress_beyond_total", {"progress": 10.001, "total": 10}),
    ("invalid_field", {"progress": -0.001}),
    ("invalid_field", {"progress": "5"}),
    ("invalid_field", {"progress": None}),
    ("invalid_field", {"progress": ...}),
    ("invalid_field", {"progress": 0, "total": 0}),
    ("invalid_field", {"progress": 0, "total": 0.0004}),
    ("invalid_field", {"total": 604_800.001}),
    ("invalid_field", {"total": ...}),
)
_OF_OFFSETS: Sequence[tuple[str, Change]] = (
    ("invalid_field", {"movie_time_offset": -1}),
    ("invalid_field", {"movie_time_offset": 604_800_001}),
    ("invalid_field", {"movie_time_offset": 0.5}),
    ("invalid_field", {"movie_time_offset": ...}),
    ("invalid_field", {"movie_id": "me"}),
    ("invalid_field", {"movie_id": ...}),
)
_OF_LINES: Sequence[tuple[str, Change]] = (
    ("invalid_field", {"film_id": "me"}),
    ("invalid_field", {"film_id": ...}),
)
_OF_VIEWERS: Sequence[tuple[str, Change]] = (
    ("user_mismatch", lambda rng: {"user_id": str(reports.new(rng))}),
)
_NIL_FILM: Mapping[str, Sequence[tuple[str, Change]]] = {
    MANY: (("film_reserved", {"film_id": _NIL}),),
    OFFSET: (("film_reserved", {"movie_id": _NIL}),),
}


def break_a_report(rng: random.Random, case: Case, viewer: Viewer) -> str:
    """Change one report of `case`, a sound one. The code it must be refused with."""
    body: Any = copy.deepcopy(case.body)  # the sound one may come again
    case.body = body
    route = str(case.operation.label)
    report = rng.choice(body) if route == MANY else body
    code, change = rng.choice([*_OF_ALL, *_more(route, viewer)])
    changed = report | (change(rng) if callable(change) else change)
    report.clear()
    report.update({name: value for name, value in changed.items() if value is not ...})
    return code


def _more(route: str, viewer: Viewer) -> Sequence[tuple[str, Change]]:
    """Rules of a route, and those that a service is free of."""
    of_route = _OF_OFFSETS if route == OFFSET else _OF_PROGRESS
    of_lines = _OF_LINES if route == MANY else ()
    if viewer.is_service:
        return [*of_route, *of_lines]
    return [*of_route, *of_lines, *_OF_VIEWERS, *_NIL_FILM.get(route, ())]
