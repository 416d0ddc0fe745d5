"""How fresh what is stored is at a held rate: from the 202 of an event until a SELECT shows it.

Single events come over connections that stay open, straight to the API. Of a twentieth of them,
the tracers', it is known when each was answered; beside it a query counts what is stored of each
tracer, twenty times a second. One viewer's events lie in one partition, so the k-th that was
answered is there once k are counted; the moment is when that query's answer came.
"""

import uuid
from collections.abc import Sequence

from bench.consumers import ITS, OURS, Consumers, caught_up
from bench.figures import Findings
from bench.measuring import say, spending
from bench.plain_ways import plain
from bench.sightings import TRACERS, play_and_look, waits_ms

from embedded.stack import Stack

SETTLES_S = 3.0
PLAIN_SHARE = 3


async def bench_freshness(
    stack: Stack, findings: Findings, rounds: int, rate: float, seconds: float, plain_port: int
) -> None:
    settings = stack.settings
    its = plain("consumer", settings, plain_port, "views", ready="/metrics")
    ours = Consumers([(stack.etl[0], settings.etl_metrics_port(0))], OURS)
    plainly = Consumers([(its, plain_port)], ITS)
    await caught_up(settings)
    say(f"freshness: {rate:,.0f} single events a second for {seconds:.0f} s")
    await _hold(stack, findings, "freshness", ours, rounds, rate, seconds, "plain freshness")
    await ours.stop()
    await plainly.start()
    less = max(seconds / PLAIN_SHARE, SETTLES_S + rounds)
    say(f"freshness: the plain consumer behind the same API for {less:.0f} s")
    await _hold(stack, findings, "plain freshness", plainly, rounds, rate, less)
    await plainly.stop()
    await ours.start()


async def _hold(
    stack: Stack,
    findings: Findings,
    part: str,
    consumers: Consumers,
    rounds: int,
    rate: float,
    seconds: float,
    beside: str = "",
) -> None:
    tracers = [uuid.uuid4() for _ in range(TRACERS)]
    findings.look_at_the_machine()
    involved = {
        "api": stack.api[0], "kafka": stack.kafka[0],
        "etl": consumers.members[0][0], "engine": stack.clickhouse[0],
    }  # fmt: skip
    events = round(rate * seconds)
    with spending(involved, events) as spent:
        told, sightings = await play_and_look(stack.settings, tracers, rate, seconds)
    if told["statuses"] != {"202": events} or told["late"]:
        say(f"  not all was taken: {told['statuses']}, {told['late']} never sent")
    findings.note_spent(part, spent, beside)
    took = told["took_ms"]
    for share in (0.5, 0.99):
        findings.note(f"{part}/p{share * 100:.0f} of the 202", "ms", at(took, share), waits=True)
    seen = waits_ms(told["shown"], sightings)
    began = seen[0][0] + SETTLES_S
    length = (seen[-1][0] - began) / rounds
    for n in range(rounds):
        ordered = sorted(ms for when, ms in seen if n * length <= when - began < (n + 1) * length)
        for share in (0.5, 0.95, 0.99):
            name = f"p{share * 100:.0f}"
            findings.note(
                f"{part}/{name}", "ms", at(ordered, share), beside and f"{beside}/{name}", True
            )
    settled = sorted(ms for when, ms in seen if when >= began)
    findings.freshness_ms[part] = [round(at(settled, n / 100), 1) for n in range(101)]


def at(ordered: Sequence[float], share: float) -> float:
    """The value below which that share lies."""
    return ordered[min(int(len(ordered) * share), len(ordered) - 1)]
