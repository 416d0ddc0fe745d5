"""How a run of the benchmark is held against a saved one."""

import pytest
from bench.comparing import ALONE, Comparison, compare, ratio, to_plain, with_zeros
from bench.figures import FEWEST_FOR_P99, Figure, Findings

STEADY = [30.0, 30.0, 30.0, 30.0]


def figure(
    *runs: float,
    unit: str = "us",
    reference_us: list[float] = STEADY,
    name: str = "single/api",
    plain: str = "",
    waits: bool = False,
) -> Figure:
    return Figure(name, unit, list(runs), reference_us, plain, waits)


PLAIN = Figure("plain", "us", [400.0] * 4, STEADY)
"""A plain way that did not change."""


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
        ((60.0, 62.0, 61.0, 61.0), "slower"),
        ((40.0, 41.0, 42.0, 41.0), "faster"),
        ((49.0, 60.0, 62.0, 61.0), "within noise"),  # the spreads overlap
        ((51.1, 51.2, 51.3, 51.2), "within noise"),  # they do not, by less than is noticeable
        ((60.0, 62.0, 61.0), "no spread"),  # three fall so by chance too often
    ],
)
def test_a_change_has_to_be_in_every_pair_and_noticeable(
    runs: tuple[float, ...], verdict: str
) -> None:
    new = figure(*runs, reference_us=STEADY[: len(runs)], plain="plain")
    old = figure(49.0, 50.0, 51.0, 50.0, plain="plain")
    assert compared(new, old, (PLAIN, PLAIN)).verdict == verdict


def test_what_has_no_plain_way_gets_no_verdict_since_rounds_share_their_minute() -> None:
    """plain/lean.py, untouched, in the saved runs of 07e404e and cb379c0."""
    old = figure(8.725, 9.725, 8.775, 8.95, 8.6, reference_us=[45.42, 43.39, 46.03, 43.76, 44.73])
    new = figure(5.175, 5.45, 5.1, 5.825, 6.0, reference_us=[42.32, 42.23, 42.39, 42.51, 42.79])
    found = compared(new, old)
    assert found.by_reference is not None
    assert found.by_reference.side == -1
    assert found.verdict == ALONE


def test_it_needs_a_plain_way_in_both_runs() -> None:
    new, old = figure(*[80.0] * 4, plain="plain"), figure(*[50.0] * 4, plain="plain")
    found = compare({"a": new, "plain": PLAIN}, {"a": old})
    assert [one.verdict for one in found] == [ALONE]


def test_a_slower_machine_is_no_change() -> None:
    slow, runs = [60.0, 61.0, 59.0, 60.0], (100.0, 102.0, 98.0, 100.0)
    new = figure(*runs, reference_us=slow, plain="plain")
    old = figure(50.0, 51.0, 49.0, 50.0, plain="plain")
    found = compared(new, old, (Figure("plain", "us", [800.0] * 4, slow), PLAIN))
    assert found.raw.least > 1.9
    assert found.by_reference is not None
    assert found.by_reference.middle == pytest.approx(1.0, abs=0.01)
    assert found.verdict == "within noise"


def test_a_rate_falls_as_the_reference_takes_longer() -> None:
    def rate(*runs: float, reference_us: list[float] = STEADY) -> Figure:
        return figure(*runs, unit="a second", reference_us=reference_us, plain="plain")

    its, halved = (Figure("plain", "a second", [of] * 4, STEADY) for of in (10.0, 5.0))
    fast = rate(100.0, 102.0, 98.0, 100.0)
    slow = rate(50.0, 51.0, 49.0, 50.0, reference_us=[60.0] * 4)
    assert compared(slow, fast, (halved, its)).verdict == "within noise"
    assert compared(rate(80.0, 81.0, 79.0, 80.0), fast, (its, its)).verdict == "slower"
    assert compared(rate(120.0, 121.0, 119.0, 120.0), fast, (its, its)).verdict == "faster"


def test_the_plain_way_has_to_agree() -> None:
    old = figure(50.0, 51.0, 49.0, 50.0, plain="plain")
    new = figure(70.0, 71.0, 69.0, 70.0, plain="plain")
    plain = [
        Figure("plain", "us", runs, STEADY)
        for runs in ([400.0, 401.0, 399.0, 400.0], [560.0, 561.0, 559.0, 560.0])
    ]
    slower_with_it = compared(new, old, (plain[1], plain[0]))
    assert slower_with_it.by_plain is not None
    assert slower_with_it.by_plain.middle == pytest.approx(1.0, abs=0.01)
    assert slower_with_it.verdict == "within noise"
    assert compared(new, old, (plain[0], plain[0])).verdict == "slower"


def test_what_waits_and_what_is_a_size_do_not_follow_the_machine() -> None:
    slow_machine = [60.0] * 4
    for unit, waits, plain, verdict in (
        ("ms", True, "plain", "slower"),
        ("bytes", False, "", "more"),
        ("ms", True, "", ALONE),
        ("MiB", False, "", ALONE),
    ):
        new = figure(*[80.0] * 4, unit=unit, waits=waits, plain=plain, reference_us=slow_machine)
        old = figure(*[50.0] * 4, unit=unit, waits=waits, plain=plain)
        found = compared(new, old, (PLAIN, PLAIN))
        assert found.by_reference is None
        assert found.verdict == verdict


def test_one_run_has_no_spread_to_judge_by() -> None:
    new, old = (figure(of, reference_us=[30.0], plain="plain") for of in (90.0, 50.0))
    found = compared(new, old, (PLAIN, PLAIN))
    assert (found.old, found.new, found.verdict) == (50.0, 90.0, "no spread")


def test_only_what_both_have_and_what_is_not_zero_is_compared() -> None:
    whole, zero = figure(1.0, 1.0, 1.0, 1.0), figure(0.0, 1.0, 1.0, 1.0)
    new = {"a": whole, "b": whole, "c": zero, "d": whole}
    old = {"b": whole, "c": whole, "d": zero, "e": zero}
    assert len(compare(new, old)) == 1
    assert with_zeros(new, old) == ["c", "d"]


def test_a_run_is_divided_by_the_plain_way_s_of_its_round() -> None:
    runs = figure(10.0, 20.0, reference_us=[30.0, 30.0])
    noisy = figure(100.0, 200.0, reference_us=[30.0, 30.0])
    assert to_plain(runs, noisy) == [0.1, 0.1]
    assert to_plain(runs, figure(100.0, reference_us=[30.0])) == [0.1, 0.2]  # not as many
    assert to_plain(runs, figure(0.0, 200.0, reference_us=[30.0, 30.0])) == [0.1, 0.2]
    assert to_plain(runs, figure(0.0, 0.0, reference_us=[30.0, 30.0])) == []
    assert to_plain(runs, None) == []


def test_the_plain_way_s_spread_is_part_of_the_comparison() -> None:
    new = figure(60.0, 61.0, 60.0, 61.0, plain="plain")
    old = figure(50.0, 51.0, 50.0, 51.0, plain="plain")
    steady = Figure("plain", "us", [400.0] * 4, STEADY)
    noisy = Figure("plain", "us", [300.0, 400.0, 400.0, 500.0], STEADY)
    assert compared(new, old, (steady, steady)).verdict == "slower"
    assert compared(new, old, (noisy, noisy)).verdict == "within noise"


def test_each_run_is_noted_beside_the_machine_s_speed_and_the_whole_of_its_processes() -> None:
    findings = Findings()
    for us in (4000.0, 5000.0):
        findings.look_at_the_machine()
        findings.note_spent("single", {"api": us, "kafka": 1000.0}, 100, "plain single")
    whole = findings.figures["single/all"]
    assert whole.runs == [50.0, 60.0]
    assert whole.plain == "plain single/all"
    assert all(us > 0 for us in whole.reference_us)
    assert len(whole.reference_us) == 2


def test_p50_and_p95_are_of_each_round_and_p99_is_of_all() -> None:
    findings, rounds = Findings(), FEWEST_FOR_P99 // 100
    for n in range(rounds):
        findings.look_at_the_machine()
        assert [one.name for one in findings.kept()] == (["a/p50", "a/p95"] if n else [])
        findings.note_took("a", [float(100 * n + ms) for ms in range(100)], "plain a")
    p50, p95, p99 = findings.kept()
    assert p50.runs == [100.0 * n + 50 for n in range(rounds)]
    assert p95.runs == [100.0 * n + 95 for n in range(rounds)]
    assert (p99.runs, p99.samples, p99.plain) == ([495.0], 500, "plain a/p99")
    assert (len(p99.reference_us), p50.samples, p95.samples) == (1, 0, 0)
