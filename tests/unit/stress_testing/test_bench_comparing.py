"""How a run of the benchmark is held against a saved one."""

import pytest
from bench.comparing import Comparison, compare, ratio
from bench.figures import Figure, Findings

STEADY = [30.0, 30.0, 30.0]


def figure(
    *runs: float,
    unit: str = "us",
    reference_us: list[float] = STEADY,
    name: str = "single/api",
    plain: str = "",
    waits: bool = False,
) -> Figure:
    return Figure(name, unit, list(runs), reference_us, plain, waits)


def compared(new: Figure, old: Figure, *more: tuple[Figure, Figure]) -> Comparison:
    pairs = [(new, old), *more]
    found = compare({a.name: a for a, _ in pairs}, {b.name: b for _, b in pairs})
    return found[0]


def test_a_ratio_is_of_all_pairs_of_runs() -> None:
    found = ratio([2.0, 4.0], [1.0, 2.0])  # 2, 1, 4, 2
    assert (found.middle, found.least, found.most) == (2.0, 1.0, 4.0)
    assert str(found) == "2.00 (1.00..4.00)"


@pytest.mark.parametrize(
    ("runs", "verdict"),
    [
        ((60.0, 62.0, 61.0), "slower"),
        ((40.0, 41.0, 42.0), "faster"),
        ((49.0, 60.0, 62.0), "within noise"),  # the spreads overlap
        ((51.1, 51.2, 51.3), "within noise"),  # they do not, by less than is noticeable
    ],
)
def test_a_change_has_to_be_in_every_pair_and_noticeable(
    runs: tuple[float, ...], verdict: str
) -> None:
    assert compared(figure(*runs), figure(49.0, 50.0, 51.0)).verdict == verdict


def test_a_slower_machine_is_no_change() -> None:
    new = figure(100.0, 102.0, 98.0, reference_us=[60.0, 61.0, 59.0])
    found = compared(new, figure(50.0, 51.0, 49.0))
    assert found.raw.least > 1.9
    assert found.by_reference is not None
    assert found.by_reference.middle == pytest.approx(1.0, abs=0.01)
    assert found.verdict == "within noise"


def test_a_rate_falls_as_the_reference_takes_longer() -> None:
    slow = figure(50.0, 51.0, 49.0, unit="a second", reference_us=[60.0, 60.0, 60.0])
    fast = figure(100.0, 102.0, 98.0, unit="a second")
    assert compared(slow, fast).verdict == "within noise"
    assert compared(figure(80.0, 81.0, 79.0, unit="a second"), fast).verdict == "slower"
    assert compared(figure(120.0, 121.0, 119.0, unit="a second"), fast).verdict == "faster"


def test_the_plain_way_has_to_agree() -> None:
    old, old_plain = figure(50.0, 51.0, 49.0, plain="plain"), figure(400.0, 401.0, 399.0)
    new = figure(70.0, 71.0, 69.0, plain="plain")
    plain = [
        Figure("plain", "us", runs, STEADY) for runs in (old_plain.runs, [560.0, 561.0, 559.0])
    ]
    slower_with_it = compared(new, old, (plain[1], plain[0]))
    assert slower_with_it.by_plain is not None
    assert slower_with_it.by_plain.middle == pytest.approx(1.0, abs=0.01)
    assert slower_with_it.verdict == "within noise"
    assert compared(new, old, (plain[0], plain[0])).verdict == "slower"


def test_what_waits_and_what_is_a_size_do_not_follow_the_machine() -> None:
    slow_machine = [60.0, 60.0, 60.0]
    for unit, waits, verdict in (("ms", True, "slower"), ("MiB", False, "more")):
        new = figure(80.0, 81.0, 79.0, unit=unit, waits=waits, reference_us=slow_machine)
        found = compared(new, figure(50.0, 51.0, 49.0, unit=unit, waits=waits))
        assert found.by_reference is None
        assert found.verdict == verdict


def test_one_run_has_no_spread_to_judge_by() -> None:
    found = compared(figure(90.0, reference_us=[30.0]), figure(50.0, reference_us=[30.0]))
    assert (found.old, found.new, found.verdict) == (50.0, 90.0, "no spread")


def test_only_what_both_have_and_what_is_not_zero_is_compared() -> None:
    new = {"a": figure(1.0, 1.0, 1.0), "b": figure(1.0, 1.0, 1.0), "c": figure(0.0, 1.0, 1.0)}
    old = {"b": figure(1.0, 1.0, 1.0), "c": figure(1.0, 1.0, 1.0), "d": figure(1.0, 1.0, 1.0)}
    assert len(compare(new, old)) == 1


def test_each_run_is_noted_beside_the_machine_s_speed_and_the_whole_of_its_processes() -> None:
    findings = Findings()
    for us in (40.0, 50.0):
        findings.look_at_the_machine()
        findings.note_spent("single", {"api": us, "kafka": 10.0}, "plain single")
    whole = findings.figures["single/all"]
    assert whole.runs == [50.0, 60.0]
    assert whole.plain == "plain single/all"
    assert all(us > 0 for us in whole.reference_us)
    assert len(whole.reference_us) == 2
