"""The report as a page: totals, every case, every negative control."""

from collections.abc import Iterator, Sequence

from telemetry.screen import number
from tests.chaos.outcome import Outcome
from tests.chaos.report.totals import controls, real, totals


def page(outcomes: Sequence[Outcome], failed: Sequence[str], scale: float, took_s: float) -> str:
    """Markdown. `failed` names the cases that came to no end."""
    return "\n".join(_lines(outcomes, failed, scale, took_s)) + "\n"


def _lines(
    outcomes: Sequence[Outcome], failed: Sequence[str], scale: float, took_s: float
) -> Iterator[str]:
    whole = totals(outcomes)
    yield "# Chaos: what was killed, and what was lost"
    yield ""
    yield (
        f"Drawn by `make chaos`, scale {scale:g}, {took_s / 60:.0f} minutes. Clients post through "
        "HTTP and repeat what got no 202; each case then compares every answered event with every "
        "row of `views`, `latest_view`, `longest_view`, `viewer_days` and `film_daily`."
    )
    yield ""
    yield "![events answered and stored over time, faults marked](chaos.png)"
    yield ""
    yield "| | |"
    yield "|---|---|"
    yield f"| events answered with 202 | {number(whole.accepted)} |"
    yield f"| requests without an answer, repeated | {number(whole.unanswered)} |"
    yield f"| refused for now (429, 503), repeated | {number(whole.refused)} |"
    yield f"| **answered and lost** | **{number(whole.lost)}** |"
    yield f"| **counted twice** | **{number(whole.twice)}** |"
    yield f"| **wrong positions** | **{number(whole.wrong)}** |"
    for (kind, target), times in sorted(whole.faults.items()):
        yield f"| {target} {kind} | {number(times)} |"
    yield ""
    titles = "faults | answered | no answer | 429, 503 | lost | twice | wrong | seconds | seed"
    yield f"| case | {titles} |"
    yield "|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|"
    for one in real(outcomes):
        yield _row(one)
    for name in failed:
        yield f"| {name}: **came to no end** | | | | | | | | | |"
    yield ""
    yield "Negative controls: the same comparison, with one rule of the promise broken on purpose."
    yield ""
    yield "| broken rule | faults | answered | lost | twice | wrong | |"
    yield "|---|--:|--:|--:|--:|--:|---|"
    for one in controls(outcomes):
        noticed = "**not noticed**" if one.kept else "noticed, as it must be"
        numbers = (len(one.faults), one.accepted, one.lost, one.twice, one.wrong)
        yield f"| {one.case} | {' | '.join(map(number, numbers))} | {noticed} |"


def _row(one: Outcome) -> str:
    later = one.answers.get(429, 0) + one.answers.get(503, 0)
    counts = (len(one.faults), one.accepted, one.answers.get(0, 0), later)
    verdict = (one.lost, one.twice, one.wrong)
    numbers = " | ".join(map(number, (*counts, *verdict)))
    return f"| {one.case} | {numbers} | {one.took_s:.0f} | {one.seed} |"
