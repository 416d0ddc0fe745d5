"""What locust counted, as the launcher gets it: for the JSON, with what is wrong with it."""

from collections.abc import Sequence
from typing import Any

from load.thresholds import Counted, Thresholds, complaints
from load.timeline import Timeline, percentiles


def outcome(
    limits: Thresholds,
    timeline: Timeline,
    offered: int,
    accepted: int,
    waited_ms: Sequence[float] = (),
) -> dict[str, Any]:
    """`waited_ms` is of each event from its first try to its 202, where that is asked for; then
    `waited` has its percentiles, else nothing."""
    took, rows = timeline.took_ms(), timeline.rows()
    waited = percentiles(waited_ms) if waited_ms else {}
    counted = Counted(
        timeline.requests,
        timeline.failed,
        timeline.refused,
        took["p95_ms"],
        offered,
        accepted,
        waited.get("p99_ms"),
    )
    return {
        "requests": timeline.requests,
        "per_second": round(timeline.requests / max(len(rows), 1), 1),
        "failed": timeline.failed,
        "refused": timeline.refused,
        "offered": offered,
        "accepted": accepted,
        **took,
        "waited": waited,
        "complaints": complaints(limits, counted),
        "seconds": rows,
    }
