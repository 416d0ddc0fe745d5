"""The events that `make storage` gives to every store."""

from datetime import date, timedelta

from storage.clickhouse import line
from storage.events import EVENINGS, REPORTS, batches, events

from ugc_events import decode, encode

TODAY = date(2026, 11, 29)


def test_they_are_those_of_the_contract() -> None:
    lines = [line(event).encode() for event in events(3000, TODAY)]
    assert [encode(decode(one)) for one in lines] == lines


def test_each_is_another_one_and_they_come_in_order() -> None:
    found = list(events(3 * EVENINGS * REPORTS, TODAY))
    assert len({event.event_id for event in found}) == 3 * EVENINGS * REPORTS
    times = [event.event_time for event in found]
    assert times == sorted(times)
    days = {time[:10] for time in times}
    assert [min(days), max(days)] == [str(TODAY - timedelta(28)), str(TODAY - timedelta(1))]


def test_a_day_and_a_seed_have_always_the_same() -> None:
    found = list(events(2000, TODAY))
    assert found == list(events(2000, TODAY))
    assert found != list(events(2000, TODAY, seed=2))


def test_batches_take_turns_at_one_source() -> None:
    source, whole = events(5000, TODAY), list(events(5000, TODAY))
    taken = [*batches(source, 2500, 1000), *batches(source, 2500, 2500)]
    assert [len(batch) for batch in taken] == [1000, 1000, 500, 2500]
    assert [event for batch in taken for event in batch] == whole
