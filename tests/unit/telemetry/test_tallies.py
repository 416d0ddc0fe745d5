"""Counters and histograms of plain numbers say what those of prometheus_client say."""

import math
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st
from prometheus_client import Counter, generate_latest

from telemetry.metrics import Declarations

BUCKETS = (0.1, 0.5, 1, 2.5)


def without_times(text: bytes) -> list[str]:
    return [line for line in text.decode().splitlines() if "_created" not in line]


def lines(declared: Declarations, name: str) -> list[str]:
    return [line for line in without_times(generate_latest(declared.registry)) if name in line]


@pytest.mark.parametrize("labels", [(), ("method", "status")])
def test_a_tally_is_exposed_as_a_counter(labels: Sequence[str]) -> None:
    plain, hot = Declarations(), Declarations()
    counter = plain.counter("ugc_things_total", "Things.", "fewer", labels)
    tally = hot.tally("ugc_things_total", "Things.", "fewer", labels)
    values = ("POST", '5"xx\n')[: len(labels)]
    (counter.labels(*values) if labels else counter).inc(3)
    tally.counts[values] += 3
    assert lines(hot, "ugc_things") == lines(plain, "ugc_things")


def test_without_labels_it_is_there_from_the_start() -> None:
    hot = Declarations()
    hot.tally("ugc_things_total", "Things.", "fewer")
    hot.durations("ugc_seconds", "Seconds.", "faster", buckets=BUCKETS)
    assert "ugc_things_total 0.0" in lines(hot, "ugc_things")
    assert "ugc_seconds_count 0.0" in lines(hot, "ugc_seconds")


@given(st.lists(st.floats(0, 5) | st.sampled_from(BUCKETS)))
def test_durations_are_exposed_as_a_histogram(observed: list[float]) -> None:
    plain, hot = Declarations(), Declarations()
    histogram = plain.histogram("ugc_seconds", "Seconds.", "faster", ["route"], BUCKETS)
    durations = hot.durations("ugc_seconds", "Seconds.", "faster", ["route"], BUCKETS)
    for seconds in observed:
        histogram.labels("/a").observe(seconds)
        durations.add(seconds, ("/a",))
    assert lines(hot, "ugc_seconds") == lines(plain, "ugc_seconds")


def test_the_last_bucket_is_there_once() -> None:
    hot = Declarations()
    durations = hot.durations("ugc_seconds", "Seconds.", "faster", buckets=(*BUCKETS, math.inf))
    durations.add(7.0)
    assert sum("+Inf" in line for line in lines(hot, "ugc_seconds_bucket")) == 1


def test_they_are_in_the_list_of_what_is_declared() -> None:
    hot = Declarations()
    hot.tally("ugc_things_total", "Things.", "fewer")
    (entry,) = hot.declared
    assert (entry.name, entry.help) == ("ugc_things_total", "Things. Remedy: fewer")
    with pytest.raises(ValueError, match="ugc_things"):
        Counter("ugc_things", "again", registry=hot.registry)
