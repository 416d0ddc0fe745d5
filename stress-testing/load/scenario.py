"""What `make load` can play: who comes, how many, what is done to them, and what must hold.

Read by the launcher and by locust, which runs in an environment of its own: nothing but Python's
own library here.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from load.thresholds import Thresholds


@dataclass(frozen=True)
class Denial:
    """Shares of requests that a proxy denies or holds back, and for how long at most."""

    denied: float
    delayed: float
    delay_s: float


@dataclass(frozen=True)
class Scenario:
    """`users` come within `arrive_s`. `environment` is for a stack of its own; `outage` is the part
    of the run, from and to, during which that one's Kafka stands still."""

    title: str
    classes: tuple[str, ...]  # of locustfile.py
    limits: Thresholds
    users: int = 200
    seconds: int = 60
    arrive_s: float = 10.0
    environment: Mapping[str, str] = field(default_factory=dict)
    outage: tuple[float, float] | None = None
    denial: Denial | None = None


SCENARIOS: Mapping[str, Scenario] = {
    "evening": Scenario(
        "a normal evening: a report every ten seconds of each viewer, some reads",
        ("Evening",),
        Thresholds(p95_ms=100),
        users=2000,
        arrive_s=20.0,
    ),
    "premiere": Scenario(
        "a premiere: everybody within seconds on one film",
        ("Premiere",),
        Thresholds(p95_ms=600, refused=0.05),
        users=1000,
        arrive_s=5.0,
    ),
    "uploads": Scenario(
        "devices back from the train: evenings as NDJSON, plain, gzip and zstd",
        ("Upload",),
        Thresholds(p95_ms=125),
        users=140,
    ),
    "storm": Scenario(
        "a retry storm: Kafka stands still for a while, and each viewer may send once a second",
        ("Storm",),
        # 12 of 60 s stand still, then at most four pauses are over: one of 8 s and what was asked
        # for, after a try of 4 s. One event of fifty meets that: p99 sees it, p95 does not
        Thresholds(p95_ms=300, refused=0.30, accepted=0.95, waited_ms=30_000),
        users=150,
        environment={"UGC_RATE_PER_USER": "1", "UGC_MAX_REQUESTS_IN_FLIGHT": "100"},
        outage=(0.3, 0.5),
    ),
    "broken": Scenario(
        "slow and broken clients among good ones",
        ("Steady", "Trickling", "HangingUp", "Oversize", "Garbage", "WrongToken"),
        Thresholds(p95_ms=125),
        users=220,  # of whom 120 are good: load.viewer
    ),
    "denial": Scenario(
        "a tenth of the requests denied at random, some after they went in; others held back",
        ("Steady",),
        Thresholds(p95_ms=200, refused=0.15),
        users=320,
        denial=Denial(denied=0.10, delayed=0.03, delay_s=2.0),
    ),
}
