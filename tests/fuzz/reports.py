"""What a well-behaved player sends: reports that keep every rule, in all the forms there are."""

import random
from datetime import UTC, datetime, timedelta, timezone
from typing import Any
from uuid import UUID

from tests.fuzz.known import Known
from tests.fuzz.tokens import Viewer

Report = dict[str, Any]

# Inside the window by more than a whole run takes: a request may be repeated at its end.
_OLDEST_S = 30 * 86400 - 3600
_AHEAD_S = 240


def report(rng: random.Random, known: Known, viewer: Viewer) -> Report:
    """How far a film was watched, without the film."""
    total = rng.choice([round(rng.uniform(60, 10_800), 3), rng.randint(1, 604_800), 604_800, 0.001])
    progress = rng.choice([round(rng.uniform(0, total), 3), 0, 0.0, total])
    return {"progress": min(progress, total), "total": total, **_who_and_when(rng, known, viewer)}


def line(rng: random.Random, known: Known, viewer: Viewer) -> Report:
    """The same in a batch."""
    return {"film_id": film(rng, known, viewer), **report(rng, known, viewer)}


def offset(rng: random.Random, known: Known, viewer: Viewer) -> Report:
    """The same in the shape of an older system."""
    made = {
        "movie_id": film(rng, known, viewer),
        "movie_time_offset": rng.choice([0, rng.randint(0, 604_800_000), 604_800_000]),
        **_who_and_when(rng, known, viewer),
    }
    created_at = rng.choice([..., ..., None, "yesterday", 1.5, 1_700_000_000])
    return made if created_at is ... else {**made, "created_at": created_at}


def film(rng: random.Random, known: Known, viewer: Viewer) -> str:
    """One of those that are watched, a new one, or the one that only a service may name."""
    if viewer.is_service and rng.random() < 0.05:
        return str(UUID(int=0))
    return _written(rng, rng.choice([*known.films, new(rng)]))


def moment(rng: random.Random) -> datetime:
    """In the window, to the microsecond."""
    seconds = rng.choice([rng.uniform(-_AHEAD_S, _OLDEST_S), rng.uniform(0, 3600)])
    return datetime.now(UTC) - timedelta(seconds=seconds)


def timestamp(rng: random.Random, when: datetime) -> str:
    """RFC 3339, in some zone, to some precision."""
    zone = rng.choice([UTC, UTC, timezone(timedelta(hours=5, minutes=30)), timezone.max])
    precision = rng.choice(["seconds", "milliseconds", "microseconds"])
    text = when.astimezone(zone).isoformat(timespec=precision)
    return text.replace("+00:00", rng.choice(["Z", "+00:00"]))


def uuid7(rng: random.Random, when: datetime) -> UUID:
    """As a device makes one at that moment."""
    low = rng.getrandbits(80)
    milliseconds = int(when.timestamp() * 1000)
    return UUID(
        int=milliseconds << 80 | 0x7 << 76 | (low >> 64 & 0xFFF) << 64 | 2 << 62 | low >> 18
    )


def new(rng: random.Random) -> UUID:
    return UUID(int=rng.getrandbits(128), version=4)


def _who_and_when(rng: random.Random, known: Known, viewer: Viewer) -> Report:
    when, found = moment(rng), {}
    how = rng.choice(["neither", "time", "both", "id"])
    if how in ("time", "both"):
        found["event_time"] = timestamp(rng, when)
    if how == "both":
        found["event_id"] = _written(rng, rng.choice([new(rng), uuid7(rng, when)]))
    if how == "id":
        found["event_id"] = str(uuid7(rng, when))
    if rng.random() < 0.3:
        whose = rng.choice(known.viewers) if viewer.is_service else viewer
        found["user_id"] = _written(rng, whose.id)
    return found


def _written(rng: random.Random, one: UUID) -> str:
    return rng.choice([str(one), str(one), str(one).upper(), one.hex])
