"""A table to read from: evenings of viewers, made in the engine itself.

Of 90 days up to now each viewer has watched on ten, in turn; an evening is 45 reports of one film,
two minutes apart, and some films are watched much more than others. Each INSERT brings what many
viewers reported in some of the days, as a worker does.
"""

import time

import httpx
import merging
from bench.measuring import say

from embedded.settings import Settings
from tests.analyst import Analyst

DAYS, EVENINGS, REPORTS, FILMS = 90, 10, 45, 2000
EVERY_S = 120
TURNS = DAYS // EVENINGS
"""Every so many days it is a viewer's turn."""
ROWS_OF_ONE_A_TURN = DAYS * REPORTS
"""That each viewer of a turn stands for: one of them each evening."""
BLOCK = 1_000_000
SAYS_EVERY_S = 5.0

FILL = f"""
INSERT INTO movies.views_local
    (user_id, film_id, event_id, progress, total, event_time, received_at)
WITH
    intDiv(number, {{active}} * {REPORTS}) AS day,
    number % {{active}} AS slot,
    intDiv(number, {{active}}) % {REPORTS} AS report,
    {{first}} + slot * {TURNS} + day % {TURNS} AS viewer,
    toUInt64({FILMS} * pow(cityHash64(viewer, day) / 18446744073709551616., 2)) AS film
SELECT
    toUUID(concat('00000000-0000-0000-0000-', leftPad(hex(viewer), 12, '0'))),
    toUUID(concat('00000000-0000-0000-0001-', leftPad(hex(film), 12, '0'))),
    generateUUIDv4(number),
    least(report * {EVERY_S}, 3000 + film % 40 * 60), 3000 + film % 40 * 60,
    now64(3) - toIntervalSecond(({DAYS} - 1 - day) * 86400 + {REPORTS * EVERY_S}
        + slot % 3600 - report * {EVERY_S}) AS moment,
    moment
FROM numbers({{start}}, {{block}})
"""  # noqa: S608 - numbers of our own


async def merged(settings: Settings) -> None:
    analyst = Analyst(settings)

    async def ask(sql: str) -> str:
        return "\t".join((await analyst.rows(sql))[0])

    await merging.merged(ask)


class Tables:
    """Grows as it is told; who was there stays as is."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._viewers = self._rows = 0

    async def grow(self, rows: int) -> dict[str, int]:
        """To about so many; returns once merges are done, with how many of each there are."""
        active = -(-(rows - self._rows) // ROWS_OF_ONE_A_TURN)
        whole = active * ROWS_OF_ONE_A_TURN
        began = said = time.monotonic()
        async with httpx.AsyncClient(timeout=300, trust_env=False) as http:
            for start in range(0, whole, BLOCK):
                block = min(BLOCK, whole - start)
                sql = FILL.format(active=active, first=self._viewers + 1, start=start, block=block)
                answer = await http.post(
                    self._settings.clickhouse_url, content=sql, params={"final": 0}
                )
                if answer.is_error:
                    raise RuntimeError(answer.text)
                if time.monotonic() - said > SAYS_EVERY_S:
                    said = time.monotonic()
                    say(f"reads: {self._rows + start + block:>12,} of {rows:,} rows filled in")
        self._viewers += active * TURNS
        self._rows += whole
        took = time.monotonic() - began
        say(f"reads: {whole:,} rows more in {took:.0f} s; waiting for merges")
        await merged(self._settings)
        ((parts, stored),) = await Analyst(self._settings).rows(
            "SELECT count(), sum(bytes_on_disk) FROM system.parts "
            "WHERE active AND database = 'movies'"
        )
        return {
            "rows": self._rows, "viewers": self._viewers, "films": FILMS, "days": DAYS,
            "parts": int(parts), "bytes": int(stored),
        }  # fmt: skip

    async def watched(self, count: int) -> list[tuple[str, str]]:
        """That many viewers, of all, with a film that each has watched."""
        order = "ORDER BY cityHash64(user_id, film_id)"
        sql = f"SELECT user_id, film_id FROM movies.latest_view {order} LIMIT {count}"  # noqa: S608
        return [(viewer, film) for viewer, film in await Analyst(self._settings).rows(sql)]
