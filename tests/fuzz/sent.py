"""What a request really said: its bytes on the wire, as a strict stranger reads them."""

import gzip
import json
from datetime import UTC, datetime
from typing import Any, NamedTuple
from urllib.parse import unquote, urlsplit
from uuid import UUID

import zstandard
from schemathesis import Response

from tests.fuzz.attempts import Attempt
from tests.fuzz.document import MANY, NDJSON, OFFSET, ONE

_FIELDS = {
    ONE: {"progress", "total", "event_time", "event_id", "user_id"},
    MANY: {"progress", "total", "event_time", "event_id", "user_id", "film_id"},
    OFFSET: {"movie_id", "movie_time_offset", "created_at", "event_time", "event_id", "user_id"},
}


class Promised(NamedTuple):
    """An event that must be there now. None = the API chose it."""

    user: UUID
    film: UUID
    progress: float
    total: float
    event_time: datetime | None
    event_id: UUID | None


class NotSaid(Exception):
    """The request was accepted, but it does not say what it was accepted for."""


def promised(attempt: Attempt, response: Response) -> list[Promised]:
    """The events that a 2xx to a POST stands for. Raises NotSaid."""
    try:
        reports = _reports(attempt, response)
        events = [_promised(attempt, report, response) for report in reports]
        return [_identified(one, response) for one in events] if attempt.route == ONE else events
    except (ValueError, KeyError, TypeError, OSError, zstandard.ZstdError) as error:
        raise NotSaid(f"{type(error).__name__}: {error}") from error


def _reports(attempt: Attempt, response: Response) -> list[dict[str, Any]]:
    body = _plain(response)
    if attempt.route != MANY:
        return [_read(body)]
    media_type = str(response.request.headers["Content-Type"]).partition(";")[0]
    lines = [line for line in body.split(b"\n") if line.strip()]
    each = lines if media_type == NDJSON else _elements(body)
    answer = response.json()
    refused = {one["index"] for one in answer.get("refused", ())}
    accepted = [_read(one) for index, one in enumerate(each) if index not in refused]
    if len(accepted) != answer["accepted"]:
        raise ValueError(f"{answer['accepted']} accepted, but {len(accepted)} were not refused")
    return accepted


def _promised(attempt: Attempt, report: dict[str, Any], response: Response) -> Promised:
    if unknown := report.keys() - _FIELDS[attempt.route]:
        raise ValueError(f"unknown fields {sorted(unknown)}")
    user = UUID(report["user_id"]) if "user_id" in report else attempt.viewer.id
    if user != attempt.viewer.id and not attempt.viewer.is_service:
        raise ValueError("an event of somebody else")
    film = report.get("film_id", report.get("movie_id")) or _film_of_address(response)
    offset = report.get("movie_time_offset")
    return Promised(
        user,
        UUID(film),
        report["progress"] if offset is None else offset / 1000,
        report["total"] if offset is None else 0,
        _moment(report["event_time"]) if "event_time" in report else None,
        UUID(report["event_id"]) if "event_id" in report else None,
    )


def _identified(event: Promised, response: Response) -> Promised:
    """As the answer names it: with what was sent of its identity, or with what was made of it."""
    answer = response.json()
    named = event._replace(
        event_id=UUID(answer["event_id"]), event_time=_moment(answer["event_time"])
    )
    if event.event_id not in (None, named.event_id) or event.event_time not in (
        None,
        named.event_time,
    ):
        raise ValueError("it was answered under another identity")
    return named


def _plain(response: Response) -> bytes:
    body: Any = response.request.body or b""
    plain: bytes = body.encode() if isinstance(body, str) else body
    encoding = response.request.headers.get("Content-Encoding")
    if encoding == "gzip":
        return gzip.decompress(plain)
    return zstandard.decompress(plain) if encoding == "zstd" else plain


def _elements(body: bytes) -> list[bytes]:
    """Of a JSON array, as they were written: what is wrong in one does not touch the others."""
    text, at = body.decode(errors="surrogateescape").strip(), 1
    found = []
    while (at := at + len(text[at:]) - len(text[at:].lstrip(" \t\r\n,"))) < len(text) - 1:
        _, end = json.JSONDecoder().raw_decode(text, at)
        found.append(text[at:end].encode(errors="surrogateescape"))
        at = end
    return found


def _read(text: bytes) -> Any:
    def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        if len({name for name, _ in pairs}) != len(pairs):
            raise ValueError("a field more than once")
        return dict(pairs)

    def none(constant: str) -> None:
        raise ValueError(f"{constant} is no JSON")

    return json.loads(text.decode(), object_pairs_hook=once, parse_constant=none)


def _film_of_address(response: Response) -> str:
    return unquote(urlsplit(response.request.url or "").path.rstrip("/").rpartition("/")[2])


def _moment(text: str) -> datetime:
    """To the millisecond, in UTC."""
    moment = datetime.fromisoformat(text.upper()).astimezone(UTC)
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)
