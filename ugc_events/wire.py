"""The one encoding of an event: a JSON object that ClickHouse takes as a JSONEachRow line.

`decode(encode(event)) == event`, and any bytes give an event, `UnreadableEvent` (poison, to be
dead-lettered) or `NewerContract` (not poison: this program is too old to judge).
"""

from typing import Literal

import msgspec

from ugc_events.event import VERSION, ViewProgress
from ugc_events.rules import broken_rule

Reason = Literal["null_value", "not_json", "unknown_field", "breaks_contract"]


class UnreadableEvent(Exception):
    """Bytes that no version of the contract up to ours explains; `reason` is short and stable."""

    def __init__(self, reason: Reason, detail: str) -> None:
        super().__init__(detail)
        self.reason = reason


class NewerContract(Exception):
    """Written under a later version of the contract: deploy readers before writers."""

    def __init__(self, version: int) -> None:
        super().__init__(f"contract version {version}, this program knows up to {VERSION}")
        self.version = version


class _Versioned(msgspec.Struct):
    v: int


_event = msgspec.json.Decoder(ViewProgress)
_versioned = msgspec.json.Decoder(_Versioned)


def encode(event: ViewProgress) -> bytes:
    """The canonical form: fields in order, no spaces, three decimals, times as `...mmmZ`."""
    # The texts of ids and times at once: four times as fast as each by itself.
    user_id, film_id, event_id, event_time, received_at = msgspec.to_builtins(
        (event.user_id, event.film_id, event.event_id, event.event_time, event.received_at)
    )
    return (
        f'{{"v":{event.v},"user_id":"{user_id}","film_id":"{film_id}","event_id":"{event_id}",'
        f'"progress":{event.progress:.3f},"total":{event.total:.3f},'
        f'"event_time":"{milliseconds(event_time)}","received_at":"{milliseconds(received_at)}"}}'
    ).encode()


def milliseconds(utc: str) -> str:
    """`...mmmZ`, of a time's text as msgspec writes it: with six decimals or, at 0, without."""
    return f"{utc[:23]}Z" if len(utc) > 20 else f"{utc[:19]}.000Z"


def decode(value: bytes | None) -> ViewProgress:
    """The event in a record's value. Raises UnreadableEvent or NewerContract."""
    if value is None:
        raise UnreadableEvent("null_value", "the record has no value")
    try:
        event = _event.decode(value)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        # The latter is msgspec's answer to the name of an unknown field that is not UTF-8.
        raise _explain(value, error) from None
    if (broken := broken_rule(event)) is not None:
        raise UnreadableEvent("breaks_contract", broken)
    return event


def decode_lines(lines: bytes) -> list[ViewProgress]:
    """Events that `decode` or `glance` has seen, one after the other."""
    return _event.decode_lines(lines)


def _explain(value: bytes, error: Exception) -> UnreadableEvent | NewerContract:
    if not isinstance(error, msgspec.ValidationError):
        return UnreadableEvent("not_json", str(error))
    try:
        version = _versioned.decode(value).v
    except (msgspec.DecodeError, RecursionError):
        version = 0
    if version > VERSION:
        return NewerContract(version)
    if "unknown field" in str(error):
        return UnreadableEvent("unknown_field", str(error))
    return UnreadableEvent("breaks_contract", str(error))
