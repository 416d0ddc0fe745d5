"""How long it took until an event was seen, from what was answered and what was counted."""

import pytest
from bench.sightings import waits_ms


def test_the_kth_answered_event_is_seen_when_k_are_counted() -> None:
    shown = [[10.0, 10.2], [10.1]]
    sightings = [(10.05, [0, 0]), (10.25, [1, 1]), (10.5, [2, 1])]
    found = waits_ms(shown, sightings)
    assert [moment for moment, _ in found] == [10.0, 10.1, 10.2]
    assert [ms for _, ms in found] == pytest.approx([250.0, 150.0, 300.0])


def test_answers_are_taken_in_the_order_of_their_moments_and_never_seen_before() -> None:
    found = waits_ms([[10.3, 10.0]], [(10.1, [1]), (10.2, [2])])
    assert [ms for _, ms in found] == pytest.approx([100.0, 0.0])
