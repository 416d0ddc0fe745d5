"""When a run of load has failed: the exit code of `make load`."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Thresholds:
    """Of the requests that are not slow on purpose the 95th percentile, and the share of answers
    that should not have been given. 429 and 503 are none: they ask to come again."""

    p95_ms: float
    failures: float


def complaints(limits: Thresholds, p95_ms: float, failed: int, requests: int) -> Sequence[str]:
    """None, if all is well."""
    if requests == 0:
        return ["no request was answered"]
    found = []
    if p95_ms > limits.p95_ms:
        found.append(f"p95 is {p95_ms:.0f} ms, at most {limits.p95_ms:.0f} are allowed")
    if failed > limits.failures * requests:
        share = failed / requests
        found.append(f"{share:.2%} of the requests failed, {limits.failures:.2%} are allowed")
    return found
