"""Letters as text: a line, a page, or JSON. Nothing in a record can drive the reader's terminal.

A line holds no value and no header: they are personal data, shown only to who asks for them.
"""

import base64
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

import msgspec

from etl.letters.letter import Letter
from etl.letters.tally import NO_ORIGIN, Tally
from etl.letters.verdict import Verdict
from telemetry.screen import columns, number

SHORT = 2048
"""Bytes of a value that a page shows unless all is asked for."""

_ROW = "{:26}{:18}{:16}{:>10}  {}"
TITLES = _ROW.format("buried at", "reason", "source", "bytes", "today")


def line(letter: Letter, said: Verdict) -> str:
    """One row of a table that is printed as it is read, however long it gets."""
    size = "null" if letter.value is None else str(letter.size)
    reason = letter.reason or NO_ORIGIN
    return _ROW.format(_time(letter.buried_at), reason, letter.name, size, said.text)


def totals(tally: Tally) -> Sequence[str]:
    rows = [(reason, said, number(times)) for reason, said, times in tally.rows()]
    return columns([("reason", "today", "letters"), *rows])


def page(letter: Letter, said: Verdict, topic: str, full: bool = False) -> Iterator[str]:
    """A letter with its key, headers and value, as an operator asked for; `topic` is where it
    lies."""
    source = (
        "unknown" if letter.origin is None else f"{letter.name} of {letter.origin.source.topic}"
    )
    yield f"source   {source}"
    yield f"letter   {letter.place} of {topic}, buried at {_time(letter.buried_at)}"
    yield f"reason   {letter.reason or 'unknown'}; today: {said.text}"
    yield f"key      {_shown(letter.key, full)}"
    for name, value in letter.headers:
        yield f"header   {_printable(name)}: {_shown(value, full)}"
    yield "value    null" if letter.value is None else f"value    {number(letter.size)} bytes"
    if letter.value:
        yield _shown(letter.value, full)


def json_line(letter: Letter, said: Verdict) -> str:
    return _encoded(_facts(letter, said))


def json_page(letter: Letter, said: Verdict) -> str:
    """With everything, in full; bytes as `text` when they are UTF-8, else as `base64`."""
    return _encoded(
        {
            **_facts(letter, said),
            "key": _bytes(letter.key),
            "headers": [{"name": name, "value": _bytes(value)} for name, value in letter.headers],
            "value": _bytes(letter.value),
        }
    )


def _facts(letter: Letter, said: Verdict) -> dict[str, object]:
    source = letter.origin and letter.origin.source
    return {
        "buried_at": _time(letter.buried_at),
        "reason": letter.reason,
        "source": letter.name,
        "source_topic": source and source.topic,
        "source_partition": source and source.partition,
        "source_offset": source and source.offset,
        "letter": letter.place,
        "bytes": None if letter.value is None else letter.size,
        "readable": said.readable,
        "today": said.text,
    }


def _encoded(facts: Mapping[str, object]) -> str:
    return msgspec.json.encode(facts).decode()


def _bytes(value: bytes | None) -> dict[str, str] | None:
    if value is None:
        return None
    try:
        return {"text": value.decode()}
    except UnicodeDecodeError:
        return {"base64": base64.b64encode(value).decode()}


def _shown(value: bytes | None, full: bool) -> str:
    if value is None:
        return "null"
    if full or len(value) <= SHORT:
        return _printable(value.decode(errors="backslashreplace"))
    shown = _printable(value[:SHORT].decode(errors="backslashreplace"))
    return f"{shown}... and {number(len(value) - SHORT)} bytes more (--full)"


def _printable(text: str) -> str:
    """Controls, and marks that turn the direction of text, as escapes."""
    return "".join(one if one.isprintable() else ascii(one)[1:-1] for one in text)


def _time(moment: datetime) -> str:
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
