"""When a run of load has failed: the exit code of `make load`."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Thresholds:
    """Of the requests that were answered, and are not slow on purpose, the 95th percentile; the
    share of answers that should not have been given; the share of 429 and 503, which ask to come
    again; how much of the events that were offered is accepted at least. `waited_ms`, where it is
    judged: of an event's first try until its 202, the 99th percentile.

    A server that refuses everything at once is fast and makes no mistake: therefore the last ones.
    """

    p95_ms: float
    failures: float = 0.001
    refused: float = 0.0
    accepted: float = 0.99
    waited_ms: float | None = None


@dataclass(frozen=True)
class Counted:
    """What a run has brought. `offered` and `accepted` are events, the others requests."""

    requests: int
    failed: int
    refused: int
    p95_ms: float
    offered: int
    accepted: int
    waited_p99_ms: float | None = None


def complaints(limits: Thresholds, run: Counted) -> Sequence[str]:
    """None, if all is well."""
    if run.requests == 0:
        return ["no request was answered"]
    return [*_of_requests(limits, run), *_of_events(limits, run)]


def lost(accepted: int, stored: int) -> Sequence[str]:
    """None, if what was accepted is stored."""
    return [f"of {accepted} accepted {stored} are stored"] if stored < accepted else []


def _of_requests(limits: Thresholds, run: Counted) -> Iterator[str]:
    if run.p95_ms > limits.p95_ms:
        yield f"p95 is {run.p95_ms:.0f} ms, at most {limits.p95_ms:.0f} are allowed"
    for what, count, allowed in (
        ("failed", run.failed, limits.failures),
        ("were refused", run.refused, limits.refused),
    ):
        if count > allowed * run.requests:
            share = count / run.requests
            yield f"{share:.2%} of the requests {what}, {allowed:.2%} are allowed"


def _of_events(limits: Thresholds, run: Counted) -> Iterator[str]:
    if run.accepted == 0:
        yield "no event was accepted"
    elif run.accepted < limits.accepted * run.offered:
        share = run.accepted / run.offered
        yield f"{share:.2%} of the events were accepted, {limits.accepted:.2%} at least should be"
    waited = run.waited_p99_ms
    if limits.waited_ms is not None and waited is not None and waited > limits.waited_ms:
        yield (
            f"p99 from the first try to the 202 is {waited / 1000:.1f} s, "
            f"at most {limits.waited_ms / 1000:.1f} are allowed"
        )
