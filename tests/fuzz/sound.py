"""Requests that keep every rule: whatever the API answers but success is a failure."""

import random
from collections.abc import Callable, Mapping

from tests.fuzz import reports
from tests.fuzz.document import (
    EVENT,
    LIST,
    MANY,
    NDJSON,
    OFFSET,
    ONE,
    POSITION,
    STATS,
    TOP,
    Case,
    Operation,
)
from tests.fuzz.known import Known, Parts
from tests.fuzz.tokens import Viewer

MOST_LINES = 12


def sound(operation: Operation, rng: random.Random, known: Known) -> tuple[Case, Viewer]:
    """Sometimes an accepted one again, as it was. For a route that is not listed below: a request
    without anything."""
    accepted = known.accepted[operation.label]
    if accepted and rng.random() < 0.1:
        viewer, parts = rng.choice(accepted)
    else:
        viewer, parts = _MAKERS.get(operation.label, _nothing)(rng, known)
    return operation.Case(**parts), viewer


def parts_of(case: Case) -> Parts:
    """What makes the same case again."""
    return {
        "path_parameters": dict(case.path_parameters),
        "headers": {n: v for n, v in case.headers.items() if n in ("Content-Encoding", "Prefer")},
        "body": case.body,
        "media_type": case.media_type,
    }


def _nothing(rng: random.Random, known: Known) -> tuple[Viewer, Parts]:
    return known.viewer(rng), {}


def _one(rng: random.Random, known: Known) -> tuple[Viewer, Parts]:
    viewer = _reporting(rng, known)
    return viewer, {
        "path_parameters": {"film_id": reports.film(rng, known, viewer)},
        "body": reports.report(rng, known, viewer),
        "media_type": "application/json",
    }


def _many(rng: random.Random, known: Known) -> tuple[Viewer, Parts]:
    viewer = _reporting(rng, known)
    headers = {}
    if encoding := rng.choice([None, "identity", "gzip", "zstd"]):
        headers["Content-Encoding"] = encoding
    if rng.random() < 0.2:
        headers["Prefer"] = "return=minimal"
    return viewer, {
        "headers": headers,
        "body": [reports.line(rng, known, viewer) for _ in range(rng.randint(1, MOST_LINES))],
        "media_type": rng.choice(["application/json", NDJSON]),
    }


def _offset(rng: random.Random, known: Known) -> tuple[Viewer, Parts]:
    viewer = _reporting(rng, known)
    return viewer, {
        "body": reports.offset(rng, known, viewer),
        "media_type": "application/json",
    }


def _position(rng: random.Random, known: Known) -> tuple[Viewer, Parts]:
    viewer, film = rng.choice(known.watched)
    who, query = _reading(rng, known, viewer)
    return who, {"path_parameters": {"film_id": str(film)}, "query": query}


def _list(rng: random.Random, known: Known) -> tuple[Viewer, Parts]:
    who, query = _reading(rng, known, known.viewer(rng))
    if rng.random() < 0.7:
        query["limit"] = rng.randint(1, 5)
    if known.cursors and rng.random() < 0.5:
        user, cursor = rng.choice(known.cursors)
        who, query = _reading(rng, known, Viewer(user))
        query["cursor"] = cursor
    return who, {"query": query}


def _event(rng: random.Random, known: Known) -> tuple[Viewer, Parts]:
    if not known.events or rng.random() < 0.1:
        return known.viewer(rng), {"path_parameters": {"event_id": str(reports.new(rng))}}
    event = rng.choice(known.events)
    who, query = _reading(rng, known, Viewer(event.user))
    if rng.random() < 0.7:
        query["receipt"] = event.receipt
    return who, {"path_parameters": {"event_id": event.event_id}, "query": query}


def _top(rng: random.Random, known: Known) -> tuple[Viewer, Parts]:
    query = {"days": rng.choice([1, 7, 396]), "limit": rng.choice([1, 20, 100])}
    return _analyst(rng, known), {"query": _some(rng, query)}


def _stats(rng: random.Random, known: Known) -> tuple[Viewer, Parts]:
    film = rng.choice([*known.films, reports.new(rng)])
    query = _some(rng, {"days": rng.choice([1, 30, 396])})
    return _analyst(rng, known), {"path_parameters": {"film_id": str(film)}, "query": query}


_MAKERS: Mapping[str, Callable[[random.Random, Known], tuple[Viewer, Parts]]] = {
    ONE: _one,
    MANY: _many,
    OFFSET: _offset,
    POSITION: _position,
    LIST: _list,
    EVENT: _event,
    TOP: _top,
    STATS: _stats,
}


def _reporting(rng: random.Random, known: Known) -> Viewer:
    return known.viewer(rng, *rng.choice([(), (), (), ("service",), ("analyst",)]))


def _reading(rng: random.Random, known: Known, viewer: Viewer) -> tuple[Viewer, Parts]:
    """Who asks for what is the viewer's: the viewer, or a service that names whose it is."""
    if rng.random() < 0.2:
        return known.viewer(rng, "service"), {"user_id": str(viewer.id)}
    return viewer, rng.choice([{}, {}, {"user_id": str(viewer.id)}])


def _analyst(rng: random.Random, known: Known) -> Viewer:
    return known.viewer(rng, rng.choice(["analyst", "views_statistic"]))


def _some(rng: random.Random, query: Parts) -> Parts:
    return {name: value for name, value in query.items() if rng.random() < 0.7}
