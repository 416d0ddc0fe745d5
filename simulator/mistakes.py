"""What broken or dishonest clients send, and the code that each has to be refused with."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from simulator.viewer import Heartbeat
from ugc_events import NIL_FILM

Fields = dict[str, object]
SOMEBODY_ELSE = UUID("5a1e0000-0000-4000-8000-000000000000")


def _same(text: bytes) -> bytes:
    return text


@dataclass(frozen=True)
class Mistake:
    """`change` makes wrong fields of right ones (`film_id` among them), `edit` wrong JSON."""

    name: str
    code: str
    change: Callable[[Fields], Mapping[str, object]] = dict
    edit: Callable[[bytes], bytes] = _same


def _shifted(fields: Fields, by: timedelta) -> str:
    return rfc3339(datetime.fromisoformat(str(fields["event_time"])) + by)


MISTAKES = (
    Mistake(
        "progress beyond the end",
        "progress_beyond_total",
        change=lambda f: {**f, "progress": float(str(f["total"])) + 1},
    ),
    Mistake("unknown field", "unknown_field", change=lambda f: {**f, "mood": "tense"}),
    Mistake(
        "too old",
        "event_time_out_of_window",
        change=lambda f: {**f, "event_time": _shifted(f, timedelta(days=-31))},
    ),
    Mistake(
        "from the future",
        "event_time_out_of_window",
        change=lambda f: {**f, "event_time": _shifted(f, timedelta(days=8))},
    ),
    Mistake("somebody else's", "user_mismatch", change=lambda f: {**f, "user_id": SOMEBODY_ELSE}),
    Mistake("the nil film", "film_reserved", change=lambda f: {**f, "film_id": NIL_FILM}),
    Mistake(
        "repeated field",
        "repeated_field",
        edit=lambda text: text.replace(b"{", b'{"progress": 1.5, ', 1),
    ),
    Mistake("broken off", "invalid_json", edit=lambda text: text[: len(text) // 2]),
)


def fields(heartbeat: Heartbeat, event_id: UUID) -> Fields:
    """A report as a line of a batch has it."""
    return {
        "film_id": heartbeat.film_id,
        "progress": heartbeat.progress,
        "total": heartbeat.total,
        "event_time": rfc3339(heartbeat.event_time),
        "event_id": event_id,
    }


def line(right: Fields, mistake: Mistake | None = None) -> bytes:
    """A report among others, wrong if so wanted."""
    if mistake is None:
        return json.dumps(right, default=str).encode()
    return mistake.edit(json.dumps(mistake.change(right), default=str).encode())


def single(right: Fields, mistake: Mistake | None = None) -> tuple[str, bytes]:
    """A report by itself: its film, which is in the address, and its body."""
    given = dict(right if mistake is None else mistake.change(right))
    film = str(given.pop("film_id"))
    body = json.dumps(given, default=str).encode()
    return film, body if mistake is None else mistake.edit(body)


def rfc3339(moment: datetime) -> str:
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
