"""A log record becomes one JSON object on one line, whatever it carries."""

import json
import logging
import sys
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from telemetry.logs import JsonLines, configure, request_id


@pytest.fixture
def request_being_answered() -> Iterator[str]:
    token = request_id.set("this-request")
    yield "this-request"
    request_id.reset(token)


def line(message: object = "hello", *args: object, **extra: object) -> dict[str, Any]:
    record = logging.getLogger("ugc.test").makeRecord(
        "ugc.test", logging.WARNING, "file.py", 7, message, args, None, extra=extra
    )
    return parsed(record)


def parsed(record: logging.LogRecord) -> dict[str, Any]:
    text = JsonLines("api").format(record)
    assert "\n" not in text
    return dict(json.loads(text))


def test_it_has_these_fields() -> None:
    found = line("moved %d of %d", 3, 7)
    moment = datetime.fromisoformat(found.pop("time"))
    assert moment.tzinfo is not None
    assert moment.utcoffset() == datetime.now(UTC).utcoffset()
    assert found == {
        "level": "WARNING",
        "process": "api",
        "logger": "ugc.test",
        "message": "moved 3 of 7",
    }


def test_extras_are_fields() -> None:
    found = line(code="rate_limited", status=429, offsets={"0": 5})
    assert (found["code"], found["status"], found["offsets"]) == ("rate_limited", 429, {"0": 5})


def test_the_request_is_named(request_being_answered: str) -> None:
    assert line()["request_id"] == request_being_answered


def test_outside_a_request_none_is() -> None:
    assert "request_id" not in line()


def test_an_exception_comes_with_its_traceback() -> None:
    try:
        raise ZeroDivisionError("surprise")
    except ZeroDivisionError:
        record = logging.getLogger("ugc.test").makeRecord(
            "ugc.test", logging.ERROR, "file.py", 7, "failed", (), sys.exc_info()
        )
    found = parsed(record)
    assert found["exception"].startswith("Traceback")
    assert found["exception"].endswith("ZeroDivisionError: surprise")


@pytest.mark.parametrize(
    ("value", "logged"),
    [
        ("a\nb\u2028c\0", "a\nb\u2028c\0"),
        ("half a pair \ud800", "half a pair \ud800"),
        (2**70, 2**70),
        (-(2**70), -(2**70)),
        (uuid.UUID(int=1), "00000000-0000-0000-0000-000000000001"),
        (ValueError("no"), "no"),
        (b"bytes", "b'bytes'"),
        ({1}, "{1}"),
        ({1: 2}, {"1": 2}),
    ],
    ids=repr,
)
def test_no_value_loses_the_line(value: object, logged: object) -> None:
    assert line(value=value)["value"] == logged


def test_half_a_surrogate_pair_in_the_message_does_not_either() -> None:
    assert line("%s", "\udcff")["message"] == "\udcff"


@pytest.fixture
def root_restored() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    talkative = {name: logging.getLogger(name) for name in ("httpx", "aiokafka")}
    levels = {name: logger.level for name, logger in talkative.items()}
    yield
    root.handlers[:], root.level = handlers, level
    for name, logger in talkative.items():
        logger.setLevel(levels[name])


@pytest.mark.usefixtures("root_restored")
def test_a_configured_process_writes_lines_to_stdout(capsys: pytest.CaptureFixture[str]) -> None:
    configure("etl", "info")
    logging.getLogger("etl.worker").info("started", extra={"partitions": [1, 2]})
    logging.getLogger("etl.worker").debug("not this")
    logging.getLogger("aiokafka").info("nor this")
    logging.getLogger("aiokafka").warning("but this")
    first, second = map(json.loads, capsys.readouterr().out.splitlines())
    assert (first["process"], first["message"], first["partitions"]) == ("etl", "started", [1, 2])
    assert second["message"] == "but this"
