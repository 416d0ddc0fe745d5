"""The JSON Schema in the repository is the model's, and describes what is written to the topic."""

import json

import jsonschema
import pytest
from hypothesis import given

from tests.unit.ugc_events import schema
from tests.unit.ugc_events.examples import event, events
from ugc_events import ViewProgress, encode


@pytest.fixture(scope="module")
def committed() -> jsonschema.Draft202012Validator:
    loaded = json.loads(schema.COMMITTED.read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator.check_schema(loaded)
    return jsonschema.Draft202012Validator(
        loaded, format_checker=jsonschema.Draft202012Validator.FORMAT_CHECKER
    )


def test_it_is_up_to_date() -> None:
    assert schema.COMMITTED.read_text(encoding="utf-8") == schema.text(), (
        "the contract has changed: run `python -m tests.unit.ugc_events.schema`, commit "
        f"{schema.COMMITTED.name}, and think about the version"
    )


@given(sent=events())
def test_an_encoded_event_is_valid(
    committed: jsonschema.Draft202012Validator, sent: ViewProgress
) -> None:
    committed.validate(json.loads(encode(sent)))


@pytest.mark.parametrize(
    "change",
    [
        {"v": 2},
        {"more": 1},
        {"progress": -1},
        {"total": 604_801},
        {"total": "1"},
        {"user_id": "me"},
        {"received_at": None},
    ],
    ids=str,
)
def test_what_breaks_the_contract_is_not(
    committed: jsonschema.Draft202012Validator, change: dict[str, object]
) -> None:
    assert not committed.is_valid({**json.loads(encode(event())), **change})


@pytest.mark.parametrize("field", ViewProgress.__struct_fields__)
def test_every_field_is_required(committed: jsonschema.Draft202012Validator, field: str) -> None:
    fields = json.loads(encode(event()))
    del fields[field]
    assert not committed.is_valid(fields)
