"""What a run says at its end: the figures, and how they stand to a saved run's."""

from collections import Counter
from typing import cast

from bench.comparing import compare, ratio, to_plain, with_zeros
from bench.figures import Figure, Record, short
from bench.growth import told as goes_on
from bench.measuring import say
from bench.targets import TARGETS, judged


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
        least, most = short(min(figure.runs)), short(max(figure.runs))
        spread = f"of {figure.samples:,}" if figure.samples else f"{least}..{most}"
        say(
            f"{figure.name:32}{short(figure.middle):>12}{spread:>24}  {figure.unit:9}"
            f"{_beside(figure, known.get(figure.plain)):>20}"
        )
    say()
    for target in TARGETS:
        if told := judged(target, known, cast(float, record.chosen["rate"])):
            say(told)
    if record.memory:
        start, peak = (known[f"memory/{name}"].middle for name in ("start", "peak"))
        say(
            f"the worker's memory over {record.memory[-1][0]:,.0f} rows: {start:.0f} MiB at its "
            f"start, {goes_on(record.memory, peak)}"
        )


def _beside(figure: Figure, its: Figure | None) -> str:
    ratios = to_plain(figure, its)
    return str(ratio(ratios, [1])) if ratios else ""


def tell_comparison(new: Record, old: Record) -> None:
    """The plain way's own figures are left out: it is the yardstick."""
    found = [
        one for one in compare(new.by_name(), old.by_name()) if not one.name.startswith("plain ")
    ]
    say(f"\nagainst the run of {old.taken}: new to old, the median of all pairs (least..most)")
    if new.machine != old.machine:
        say(f"that was another machine: {old.machine}")
    if other := [name for name in new.chosen if new.chosen[name] != old.chosen.get(name)]:
        sizes = ", ".join(
            f"{name} {old.chosen.get(name)}, now {new.chosen[name]}" for name in other
        )
        say(f"that was a run of other sizes, so a change may be theirs: {sizes}")
    say(f"{'':32}{'old':>10}{'new':>10}{'by the reference':>22}{'by the plain way':>22}")
    for one in found:
        ratios = f"{one.by_reference or one.raw!s:>22}{one.by_plain or ''!s:>22}"
        say(f"{one.name:32}{short(one.old):>10}{short(one.new):>10}{ratios}  {one.verdict}")
    verdicts = Counter(one.verdict for one in found)
    say(", ".join(f"{count} {verdict}" for verdict, count in verdicts.most_common()))
    zeros = with_zeros(new.by_name(), old.by_name())
    if named := [name for name in zeros if not name.startswith("plain ")]:
        say(f"no ratio, a run of them is zero: {'; '.join(named)}")
