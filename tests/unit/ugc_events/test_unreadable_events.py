"""Any bytes give an event, UnreadableEvent with its reason, or NewerContract: nothing else."""

import contextlib
import json

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tests.unit.ugc_events.examples import VALID, changed, events, reason
from ugc_events import NewerContract, UnreadableEvent, ViewProgress, decode, encode

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)


def judged(value: bytes) -> ViewProgress | None:
    """Fails on any exception but the two of the contract."""
    with contextlib.suppress(UnreadableEvent, NewerContract):
        return decode(value)
    return None


@given(st.binary())
@example(b"[" * 200_000)
@example(b'{"v":2,"x":' + b"[" * 200_000)
@example(b'{"v":2,"x":' + b"[" * 5000 + b"]" * 5000 + b"}")
@example(b'{"\xff\xfe":1}')
@example(VALID[:-1] + b',"\xff":1}')
@example(changed("v", "1" + "0" * 10_000))
@example(changed("progress", "1" + "0" * 10_000))
@example(changed("event_time", '"0001-01-01T00:00:00+23:59"'))
@example(changed("received_at", '"9999-12-31T23:59:59.9999999-23:59"'))
@example(changed("user_id", r'"\ud800"'))
def test_any_bytes_are_judged(value: bytes) -> None:
    judged(value)


@given(events(), st.data())
def test_any_change_of_an_event_is_judged(sent: ViewProgress, data: st.DataObject) -> None:
    value = encode(sent)
    start = data.draw(st.integers(0, len(value)))
    end = data.draw(st.integers(start, min(len(value), start + 4)))
    judged(value[:start] + data.draw(st.binary(max_size=4)) + value[end:])


@given(st.dictionaries(st.sampled_from(ViewProgress.__struct_fields__) | st.text(), JSON))
def test_any_object_is_judged(fields: dict[str, object]) -> None:
    judged(json.dumps(fields).encode())
    judged(json.dumps({**json.loads(VALID), **fields}).encode())


def test_each_single_byte_of_an_event_may_be_anything() -> None:
    for place in range(len(VALID)):
        for byte in (0, 0x22, 0x2C, 0x30, 0x5C, 0x7B, 0x7F, 0x80, 0xC3, 0xED, 0xFF):
            judged(VALID[:place] + bytes([byte]) + VALID[place + 1 :])


@given(events())
def test_a_truncated_event_is_not_json(sent: ViewProgress) -> None:
    value = encode(sent)
    for end in range(len(value)):
        assert reason(value[:end]) in {"not_json", "breaks_contract"}


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        pytest.param(None, "null_value", id="a tombstone"),
        pytest.param(b"", "not_json", id="empty"),
        pytest.param(b"hello", "not_json", id="text"),
        pytest.param(VALID + VALID, "not_json", id="two events"),
        pytest.param(VALID + b"\0", "not_json", id="NUL after the end"),
        pytest.param(b"\xef\xbb\xbf" + VALID, "not_json", id="byte order mark"),
        pytest.param(changed("total", "NaN"), "not_json", id="NaN"),
        pytest.param(VALID[:-1] + b',"\xff":1}', "not_json", id="a name not UTF-8"),
        pytest.param(VALID[:-1] + b',"x":1}', "unknown_field", id="unknown field"),
        pytest.param(VALID[:-1] + b',"":{}}', "unknown_field", id="field without a name"),
        pytest.param(b"null", "breaks_contract", id="null"),
        pytest.param(b"[]", "breaks_contract", id="array"),
        pytest.param(b"{}", "breaks_contract", id="empty object"),
        pytest.param(b"[" + VALID + b"]", "breaks_contract", id="event in an array"),
    ],
)
def test_each_reason_has_its_examples(value: bytes | None, expected: str) -> None:
    assert reason(value) == expected


@pytest.mark.parametrize("missing", ViewProgress.__struct_fields__)
def test_no_field_may_be_missing_or_null(missing: str) -> None:
    fields = json.loads(VALID)
    del fields[missing]
    assert reason(json.dumps(fields).encode()) == "breaks_contract"
    assert reason(changed(missing, "null")) == "breaks_contract"


@pytest.mark.parametrize("version", [2, 3, 255, 2**31, 2**63, 2**64])
def test_a_later_version_is_not_judged(version: int) -> None:
    for value in (
        changed("v", str(version)),
        changed("v", str(version))[:-1] + b',"more":[{"x":null}]}',
        f'{{"v":{version}}}'.encode(),
        f'{{"film":{{}},"v":{version}}}'.encode(),
    ):
        with pytest.raises(NewerContract) as caught:
            decode(value)
        assert caught.value.version == version


@pytest.mark.parametrize("text", ["0", "-1", "1.0", "2.0", '"2"', "true", "null", "[2]", "1e400"])
def test_what_is_no_version_breaks_the_contract(text: str) -> None:
    assert reason(changed("v", text)) == "breaks_contract"


@pytest.mark.parametrize(
    ("field", "text", "rule"),
    [
        ("progress", "5400.001", "progress is beyond total"),
        ("progress", "12.3456", "seconds are finer than a millisecond"),
        ("total", "5400.0001", "seconds are finer than a millisecond"),
    ],
)
def test_the_broken_rule_is_named(field: str, text: str, rule: str) -> None:
    with pytest.raises(UnreadableEvent, match=f"^{rule}$"):
        decode(changed(field, text))
