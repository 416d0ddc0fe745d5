"""Many values that ought to be events, judged together: about half of what `decode` costs.

Ids and times stay text, of which the form is looked at; and if the oldest and the newest keep the
rules of time, so do all between them.
"""

from collections.abc import Sequence
from datetime import datetime
from itertools import chain
from operator import attrgetter
from typing import Annotated, Literal, NamedTuple, cast

import msgspec
from msgspec import Meta, Struct

from ugc_events import forms
from ugc_events.event import Seconds
from ugc_events.limits import in_window
from ugc_events.rules import are_seconds, is_receipt

_QUOTATION_MARKS = 2 * (8 + 5)
"""Of an event: its names, and its texts."""
_Id = Annotated[str, Meta(min_length=len(forms.ID), max_length=len(forms.ID))]
_Time = Annotated[str, Meta(min_length=len(forms.TIME), max_length=len(forms.TIME))]


class _Glimpse(Struct, forbid_unknown_fields=True, gc=False):
    v: Literal[1]
    user_id: _Id
    film_id: _Id
    event_id: _Id
    progress: Seconds
    total: Seconds
    event_time: _Time
    received_at: _Time


class Seen(NamedTuple):
    """Values that are events, all of them: a line each, and the first and the newest receipt."""

    lines: bytes
    first: datetime
    newest: datetime


_glimpse = msgspec.json.Decoder(_Glimpse).decode
_user_id, _film_id, _event_id = map(attrgetter, ("user_id", "film_id", "event_id"))
_event_time, _received_at = map(attrgetter, ("event_time", "received_at"))
_moment = datetime.fromisoformat


def glance(values: Sequence[bytes | None]) -> Seen | None:
    """What is seen if all are events without a doubt. None says nothing about any of them: then
    `decode` has the word."""
    if not values or None in values:
        return None
    values = cast("Sequence[bytes]", values)
    lines = b"\n".join([*values, b""])
    # Of a key that is repeated only the last value is seen here, and each makes two marks more.
    if lines.count(b'"') != _QUOTATION_MARKS * len(values):
        return None
    try:
        events = [_glimpse(value) for value in values]
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None
    if not are_seconds(events):
        return None
    ids = chain(map(_user_id, events), map(_film_id, events), map(_event_id, events))
    sent, received = list(map(_event_time, events)), list(map(_received_at, events))
    if not (forms.are_ids(ids) and forms.are_times([*sent, *received])):
        return None
    oldest, newest = _moment(min(received)), _moment(max(received))
    if not (is_receipt(oldest) and is_receipt(newest) and _in_windows(sent, received)):
        return None
    return Seen(lines, _moment(received[0]), newest)


def _in_windows(sent: Sequence[str], received: Sequence[str]) -> bool:
    """Whether each was sent when it may have been, for its receipt."""
    at_most = in_window(_moment(max(sent)), _moment(min(received)))
    at_least = in_window(_moment(min(sent)), _moment(max(received)))
    return (at_most and at_least) or all(map(in_window, map(_moment, sent), map(_moment, received)))
