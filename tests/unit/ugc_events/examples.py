"""Events as hypothesis draws them, and one to vary."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import strategies as st

from ugc_events import UnreadableEvent, ViewProgress, decode, encode
from ugc_events.limits import (
    MAX_AHEAD,
    MAX_BEHIND,
    MAX_SECONDS,
    RECEIVED_BEFORE,
    RECEIVED_SINCE,
)

MILLISECOND = timedelta(milliseconds=1)
RECEIVED = datetime(2026, 9, 21, 12, 0, 0, 250_000, UTC)


def event(**more: Any) -> ViewProgress:
    """A valid one, with other fields as given (nothing is checked)."""
    fields = {
        "v": 1,
        "user_id": UUID("0b7e3f62-6f0c-4a2e-9f3c-5d1f2f5f9a01"),
        "film_id": UUID("5d7c1e0a-3b52-4a0e-8c55-0d3c2f6b7a10"),
        "event_id": UUID("01985c3e-5b00-7abc-8def-0123456789ab"),
        "progress": 754.5,
        "total": 5400.0,
        "event_time": RECEIVED - timedelta(seconds=2),
        "received_at": RECEIVED,
    }
    return ViewProgress(**{**fields, **more})


def moments(low: datetime, high: datetime) -> st.SearchStrategy[datetime]:
    """Whole milliseconds from `low` to `high`."""
    return st.integers(0, (high - low) // MILLISECOND).map(lambda n: low + n * MILLISECOND)


@st.composite
def events(draw: st.DrawFn) -> ViewProgress:
    """Any that the contract allows, its edges among them."""
    total = draw(st.one_of(st.just(0), st.integers(1, MAX_SECONDS * 1000)))
    progress = draw(st.integers(0, total or MAX_SECONDS * 1000))
    received_at = draw(moments(RECEIVED_SINCE, RECEIVED_BEFORE - MILLISECOND))
    return ViewProgress(
        v=1,
        user_id=draw(st.uuids()),
        film_id=draw(st.uuids(allow_nil=True)),
        event_id=draw(st.uuids()),
        progress=progress / 1000,
        total=total / 1000,
        event_time=draw(moments(received_at - MAX_BEHIND, received_at + MAX_AHEAD)),
        received_at=received_at,
    )


VALID = encode(event())


def changed(field: str, text: str) -> bytes:
    """A valid encoding, with `text` as the JSON value of a field."""
    mark = "\0"
    fields = {**json.loads(VALID), field: mark}
    return json.dumps(fields).replace(json.dumps(mark), text).encode()


def reason(value: bytes | None) -> str:
    """Why these bytes are no event."""
    with pytest.raises(UnreadableEvent) as caught:
        decode(value)
    assert str(caught.value)
    return caught.value.reason
