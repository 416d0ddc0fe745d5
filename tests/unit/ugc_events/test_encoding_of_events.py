"""An event has one encoding, which gives the event back."""

import json
import re
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from tests.unit.ugc_events.examples import RECEIVED, event, events
from ugc_events import ViewProgress, decode, encode, partition_key

UUID_TEXT = "[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"
TIME_TEXT = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z"
CANONICAL = re.compile(
    rf'\{{"v":1,"user_id":"{UUID_TEXT}","film_id":"{UUID_TEXT}","event_id":"{UUID_TEXT}",'
    rf'"progress":\d+\.\d{{3}},"total":\d+\.\d{{3}},'
    rf'"event_time":"{TIME_TEXT}","received_at":"{TIME_TEXT}"\}}'
)


@given(events())
def test_decoding_gives_the_event_back(sent: ViewProgress) -> None:
    assert decode(encode(sent)) == sent


@given(events())
def test_the_form_is_always_the_same(sent: ViewProgress) -> None:
    text = encode(sent).decode("ascii")
    assert CANONICAL.fullmatch(text)
    assert list(json.loads(text)) == list(ViewProgress.__struct_fields__)


@given(events())
def test_any_json_reader_reads_the_same(sent: ViewProgress) -> None:
    read = json.loads(encode(sent), parse_float=Decimal)
    assert (float(read["progress"]), float(read["total"])) == (sent.progress, sent.total)
    assert datetime.fromisoformat(read["event_time"]) == sent.event_time
    assert datetime.fromisoformat(read["received_at"]) == sent.received_at
    assert UUID(read["user_id"]) == sent.user_id


@given(events(), st.data())
def test_order_and_white_space_do_not_count(sent: ViewProgress, data: st.DataObject) -> None:
    fields = list(json.loads(encode(sent)).items())
    shuffled = data.draw(st.permutations(fields))
    assert decode(json.dumps(dict(shuffled), indent=1).encode()) == sent


def test_an_example() -> None:
    assert encode(event(total=5400.125)) == (
        b'{"v":1,"user_id":"0b7e3f62-6f0c-4a2e-9f3c-5d1f2f5f9a01",'
        b'"film_id":"5d7c1e0a-3b52-4a0e-8c55-0d3c2f6b7a10",'
        b'"event_id":"01985c3e-5b00-7abc-8def-0123456789ab",'
        b'"progress":754.500,"total":5400.125,'
        b'"event_time":"2026-09-21T11:59:58.250Z","received_at":"2026-09-21T12:00:00.250Z"}'
    )


def test_a_whole_second_has_its_milliseconds_too() -> None:
    moment = RECEIVED.replace(microsecond=0)
    assert b'"event_time":"2026-09-21T12:00:00.000Z"' in encode(event(event_time=moment))


@given(st.uuids())
def test_the_partition_key_is_the_viewers_raw_id(user_id: UUID) -> None:
    key = partition_key(user_id)
    assert len(key) == 16
    assert UUID(bytes=key) == user_id
