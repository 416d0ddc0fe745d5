"""The committed JSON Schema of an event: `python -m tests.unit.ugc_events.schema` writes it."""

import inspect
import json
from pathlib import Path

import msgspec

import ugc_events
from ugc_events import VERSION, ViewProgress

COMMITTED = Path(ugc_events.__file__).with_name("view_progress.schema.json")


def text() -> str:
    """What msgspec makes of the model, with what a reader of the file alone needs to know."""
    generated = msgspec.json.schema(ViewProgress)
    model = generated["$defs"]["ViewProgress"]
    model["description"] = inspect.cleandoc(model["description"])
    schema = generated | {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": f"View progress, version {VERSION} of the contract",
        "description": (
            "The value of a record in the topic of views. Beyond what stands here: progress is at "
            "most total unless total is 0 (unknown); seconds are whole milliseconds; times are "
            "UTC, YYYY-MM-DDThh:mm:ss.mmmZ; event_time is from 30 days before received_at to 5 "
            "minutes after it."
        ),
    }
    return json.dumps(schema, indent=2, sort_keys=True) + "\n"


if __name__ == "__main__":
    COMMITTED.write_text(text(), encoding="utf-8")
