"""Times as an operator gives them."""

import argparse
from datetime import UTC, datetime, timedelta

import pytest

from etl.commands.times import a_moment, moment

NOW = datetime(2026, 11, 23, 18, 30, 5, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "ago"),
    [
        ("45s", timedelta(seconds=45)),
        ("30m", timedelta(minutes=30)),
        ("2h", timedelta(hours=2)),
        ("7d", timedelta(days=7)),
        ("0s", timedelta()),
    ],
)
def test_a_length_means_so_long_ago(text: str, ago: timedelta) -> None:
    assert moment(text, NOW) == NOW - ago


@pytest.mark.parametrize(
    "text",
    [
        "2026-11-23T18:30:05Z",
        "2026-11-23t18:30:05z",
        "2026-11-23 18:30:05+00:00",
        "2026-11-23T20:00:05+01:30",
        "2026-11-23T10:30:05.000000-08:00",
    ],
)
def test_a_time_with_a_zone_is_understood_and_given_in_utc(text: str) -> None:
    assert moment(text, NOW) == NOW
    assert moment(text, NOW).tzinfo is UTC


def test_fractions_of_a_second_count() -> None:
    assert moment("2026-11-23T18:30:05.25Z", NOW) == NOW + timedelta(milliseconds=250)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "yesterday",
        "2",
        "h",
        "-2h",
        "2 h",
        "1.5h",
        "2w",
        "2026-11-23",
        "2026-11-23T18:30:05",
        "20261123T183005Z",
        "2026-W48-1",
        "2026-11-23T18:30Z",
        "٢h",
        "2h\n",
    ],
)
def test_anything_else_is_refused_with_examples(text: str) -> None:
    with pytest.raises(ValueError, match="2026-11-23T18:30:00Z nor like 30m, 2h or 7d"):
        moment(text, NOW)


@pytest.mark.parametrize(
    "text", ["2026-02-30T00:00:00Z", "2026-11-23T25:00:00Z", "0001-01-01T00:00:00+05:00"]
)
def test_a_time_that_never_was_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="no such time"):
        moment(text, NOW)


@pytest.mark.parametrize("text", ["999999999d", "1969-12-31T23:59:59Z", "30000d"])
def test_a_time_kafka_cannot_know_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"no such time|before 1970"):
        moment(text, NOW)


def test_as_an_argument_it_complains_in_its_own_words() -> None:
    parser = argparse.ArgumentParser(exit_on_error=False)
    parser.add_argument("--since", type=a_moment)
    before = datetime.now(UTC)
    chosen = parser.parse_args(["--since", "1h"]).since
    assert timedelta() <= chosen - (before - timedelta(hours=1)) < timedelta(minutes=1)
    with pytest.raises(argparse.ArgumentError, match="nor like 30m"):
        parser.parse_args(["--since", "soon"])
