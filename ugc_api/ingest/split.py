"""The body of a batch as its reports, each still bytes: a JSON array, or a line each."""

from collections.abc import Sequence

import msgspec

from ugc_api.problems import Problem

MAX_EVENTS = 10_000
NDJSON = (b"application/x-ndjson", b"application/ndjson")

# More than the fields of a report: an array with more commas than that for each event it may have
# is none of ours, and would be a million little objects once it is taken apart.
_COMMAS_PER_EVENT = 8
_array = msgspec.json.Decoder(list[msgspec.Raw])
_anything = msgspec.json.Decoder(msgspec.Raw)


def split(body: bytes, media_type: bytes) -> Sequence[bytes]:
    """At least one report and at most MAX_EVENTS, unread. Raises Problem 413, 415 or 422."""
    if media_type == b"application/json":
        reports = _elements(body)
    elif media_type in NDJSON:
        reports = _lines(body)
    else:
        raise Problem(
            415,
            "unsupported_media_type",
            "Content-Type must be application/json or application/x-ndjson",
        )
    if not reports:
        raise Problem(422, "body_empty", "the batch is empty")
    if len(reports) > MAX_EVENTS:
        raise _too_many()
    return reports


def _elements(body: bytes) -> Sequence[bytes]:
    if not body:
        return []
    if body.count(b",") > MAX_EVENTS * _COMMAS_PER_EVENT:
        raise _too_many()
    try:
        return [bytes(element) for element in _array.decode(body)]
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        detail = f"the batch is not a JSON array: {error}"
        raise Problem(422, "invalid_json", detail) from None


def _lines(body: bytes) -> Sequence[bytes]:
    """Without empty ones. A last line that lacks its end and makes no sense was cut off, and
    with it perhaps others: then nothing of the batch counts."""
    lines = body.split(b"\n", MAX_EVENTS + 1)
    if len(lines) > MAX_EVENTS + 1:
        raise _too_many()
    if lines[-1].strip():
        try:
            _anything.decode(lines[-1])
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            raise Problem(
                422, "batch_cut_off", "the last line is cut off: nothing of the batch is stored"
            ) from None
    return [line for line in lines if line.strip()]


def _too_many() -> Problem:
    return Problem(413, "too_many_events", f"a batch has at most {MAX_EVENTS} events")
