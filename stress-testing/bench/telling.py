"""What a run says at its end: the figures, and how they stand to a saved run's."""

from collections import Counter

from bench.comparing import compare, ratio
from bench.figures import Figure, Record
from bench.measuring import say

TARGET_MS = 1000
"""For p99 of the freshness; printed, never asserted."""


def tell(record: Record) -> None:
    known = record.by_name()
    us = [one for figure in record.figures for one in figure.reference_us]
    say(f"\nreference: SHA-256 of 64 KiB took {min(us):.1f}..{max(us):.1f} us of CPU here")
    say(f"{'':32}{'median':>12}{'least..most':>24}  {'':9}{'to the plain way':>20}")
    part = ""
    for figure in record.figures:
        if figure.name.startswith("plain "):
            continue
        begins, _, _ = figure.name.partition("/")
        if begins != part:
            part = begins
            say()
        spread = f"{_short(min(figure.runs))}..{_short(max(figure.runs))}"
        say(
            f"{figure.name:32}{_short(figure.middle):>12}{spread:>24}  {figure.unit:9}"
            f"{_to_plain(figure, known.get(figure.plain)):>20}"
        )
    if p99 := known.get("freshness/p99"):
        word = "met" if p99.middle < TARGET_MS else "not met"
        say(f"\nthe target, an event seen within {TARGET_MS} ms of its 202 (p99), is {word}")
    if record.memory:
        start, peak, slope = (
            known[f"memory/{name}"].middle for name in ("start", "peak", "per million rows")
        )
        say(
            f"the worker's memory over {record.memory[-1][0]:,.0f} rows: {start:.0f} MiB at its "
            f"start, at most {peak:.0f} MiB, {slope:+.1f} MiB per million rows once warm"
        )


def _short(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.3g}"


def _to_plain(figure: Figure, its: Figure | None) -> str:
    if its is None or not its.middle:
        return ""
    return str(ratio(figure.runs, [its.middle]))


def tell_comparison(new: Record, old: Record) -> None:
    """The plain way's own figures are left out: it is the yardstick."""
    found = [
        one for one in compare(new.by_name(), old.by_name()) if not one.name.startswith("plain ")
    ]
    say(f"\nagainst the run of {old.taken}: new to old, the median of all pairs (least..most)")
    if new.machine != old.machine:
        say(f"that was another machine: {old.machine}")
    say(f"{'':32}{'old':>10}{'new':>10}{'by the reference':>22}{'by the plain way':>22}")
    for one in found:
        ratios = f"{one.by_reference or one.raw!s:>22}{one.by_plain or ''!s:>22}"
        say(f"{one.name:32}{_short(one.old):>10}{_short(one.new):>10}{ratios}  {one.verdict}")
    verdicts = Counter(one.verdict for one in found)
    say(", ".join(f"{count} {verdict}" for verdict, count in verdicts.most_common()))
