"""Readings that break one rule and keep all others, with the code that has to name it."""

import random
from collections.abc import Sequence
from typing import Any

from tests.fuzz import reports
from tests.fuzz.document import EVENT, LIST, POSITION, STATS, TOP, Case, Operation
from tests.fuzz.known import Known
from tests.fuzz.tokens import Viewer

_NEW = "a new UUID"
_KNOWN = "a known film"

Rule = tuple[str, Sequence[str], str, dict[str, Any]]
"""Code, roles, the film or event of the address, the query."""

_ANALYST = ("analyst",)
_RULES: dict[str, Sequence[Rule]] = {
    LIST: (
        *(("invalid_parameter", (), "", {"limit": limit}) for limit in (0, 101, -1, "x", 1.5)),
        *(("cursor_invalid", (), "", {"cursor": cursor}) for cursor in ("W10", "x", "W10=")),
        ("invalid_parameter", (), "", {"user_id": "me"}),
        ("user_mismatch", (), "", {"user_id": _NEW}),
    ),
    POSITION: (
        ("not_watched", (), _NEW, {}),
        ("film_id_invalid", (), "me", {}),
        ("user_mismatch", (), _KNOWN, {"user_id": _NEW}),
    ),
    EVENT: (
        *(("receipt_invalid", (), _NEW, {"receipt": one}) for one in ("x", "3-", "999-1", "01-1")),
        ("invalid_parameter", (), "me", {}),
        ("user_mismatch", (), _NEW, {"user_id": _NEW}),
    ),
    TOP: (
        *(("invalid_parameter", _ANALYST, "", {"days": days}) for days in (0, 397, "x")),
        *(("invalid_parameter", _ANALYST, "", {"limit": limit}) for limit in (0, 101)),
        ("role_required", (), "", {}),
        ("role_required", ("service",), "", {}),
    ),
    STATS: (
        *(("invalid_parameter", _ANALYST, _KNOWN, {"days": days}) for days in (0, 397)),
        ("film_id_invalid", _ANALYST, "me", {}),
        ("role_required", (), _KNOWN, {}),
    ),
}


def wrong_read(
    operation: Operation, rng: random.Random, known: Known
) -> tuple[Case, Viewer, str] | None:
    """None for a route that is not listed above."""
    if operation.label not in _RULES:
        return None
    code, roles, segment, query = rng.choice(_RULES[operation.label])
    path = {one.name: _filled(segment, rng, known) for one in operation.path_parameters}
    named = {name: _filled(value, rng, known) for name, value in query.items()}
    return operation.Case(path_parameters=path, query=named), known.viewer(rng, *roles), code


def _filled(value: Any, rng: random.Random, known: Known) -> Any:
    if value == _NEW:
        return str(reports.new(rng))
    return str(rng.choice(known.films)) if value == _KNOWN else value
