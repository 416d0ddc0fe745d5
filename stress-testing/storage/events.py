"""The same events for every store, in the order of their arrival.

Four weeks of evenings: a quarter of the audience watches, each a film drawn by its popularity, and
reports once a minute. So an evening's reports interleave, as they do in the topic, and one viewer
comes back to a film. The same rows on the same day give the same events.
"""

import random
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from itertools import islice
from typing import NamedTuple
from uuid import UUID

EVENINGS = 28
"""The last of them is yesterday's."""
REPORTS = 72
"""Of a viewer in an evening, a minute apart."""
FILMS = 2000
AUDIENCE = 4
"""So many times those who watch in one evening."""
BEGIN = timedelta(hours=19)
DELAY_MS = 40
"""From a player's clock to ours."""

Pair = tuple[UUID, UUID]
"""A viewer and a film."""


class Event(NamedTuple):
    """`progress` and `total` in milliseconds, times in UTC to the millisecond."""

    user_id: str
    film_id: str
    event_id: str
    progress: int
    total: int
    event_time: str
    received_at: str

    @property
    def pair(self) -> Pair:
        return UUID(self.user_id), UUID(self.film_id)


def events(rows: int, today: date, seed: int = 1) -> Iterator[Event]:
    """`rows` of them; the last evening ends early where the viewers do not come out even."""
    rng = random.Random(seed)
    at_once = -(-rows // (EVENINGS * REPORTS))
    viewers = [_uuid4(rng) for _ in range(at_once * AUDIENCE)]
    films = [_uuid4(rng) for _ in range(FILMS)]
    yield from islice(
        (
            event
            for evening in range(EVENINGS)
            for event in _evening(
                rng, rng.sample(viewers, at_once), films, today - timedelta(EVENINGS - evening)
            )
        ),
        rows,
    )


def batches(source: Iterator[Event], rows: int, size: int) -> Iterator[Sequence[Event]]:
    """The next `rows` of the source, `size` at a time."""
    limited = islice(source, rows)
    while batch := list(islice(limited, size)):
        yield batch


def _evening(
    rng: random.Random, viewers: Sequence[str], films: Sequence[str], day: date
) -> Iterator[Event]:
    begin = datetime(day.year, day.month, day.day, tzinfo=UTC) + BEGIN
    seats = []
    offsets = sorted(rng.randrange(60_000 - DELAY_MS) for _ in viewers)
    for viewer, offset in zip(viewers, offsets, strict=True):
        number = int(FILMS * rng.random() ** 3)
        total = 7_200_000 + number % 8 * 450_000
        seats.append((viewer, films[number], offset, rng.randrange(2_700_000), total))
    for minute in range(REPORTS):
        moment = begin + timedelta(minutes=minute)
        text, epoch = f"{moment:%Y-%m-%dT%H:%M}:", int(moment.timestamp()) * 1000
        for viewer, film, offset, start, total in seats:
            yield Event(
                viewer,
                film,
                _uuid7(rng, epoch + offset),
                start + minute * 60_000 + offset,
                total,
                f"{text}{offset // 1000:02}.{offset % 1000:03}Z",
                f"{text}{(offset + DELAY_MS) // 1000:02}.{(offset + DELAY_MS) % 1000:03}Z",
            )


def _uuid4(rng: random.Random) -> str:
    return str(UUID(int=rng.getrandbits(128), version=4))


def _uuid7(rng: random.Random, milliseconds: int) -> str:
    """As players make them: of their time, and 74 random bits."""
    drawn = rng.getrandbits(74)
    text = (
        f"{milliseconds << 80 | 7 << 76 | drawn >> 62 << 64 | 2 << 62 | drawn & (1 << 62) - 1:032x}"
    )
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"
