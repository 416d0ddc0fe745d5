"""How fresh what is stored is at a held rate: from the 202 of an event until a SELECT shows it.

Single events come over connections that stay open, straight to the API. Of a twentieth of the
viewers, the sampled ones, it is known when each event was answered; beside it a query counts what
is stored of each of them, and again 50 ms after its answer. One viewer's events lie in one
partition, so the k-th that was answered is there once k are counted; the moment is when that
query's answer came. What the engine spends is not noted: most of it is that query's.
"""

import uuid

from bench.consumers import ITS, OURS, Consumers, caught_up
from bench.figures import Findings
from bench.measuring import say, spending
from bench.plain_ways import plain
from bench.sightings import SAMPLED, play_and_look, waits_ms
from percentiles import at

from embedded.stack import Stack

SETTLES_S = 3.0
PLAIN_SHARE, PLAIN_LEAST_S = 3, 10.0


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
    less = max(seconds / PLAIN_SHARE, PLAIN_LEAST_S)
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
    sampled = [uuid.uuid4() for _ in range(SAMPLED)]
    findings.look_at_the_machine()
    worker, _ = consumers.members[0]
    with spending({"api": stack.api[0], "kafka": stack.kafka[0], "etl": worker}) as spent:
        told, sightings = await play_and_look(stack.settings, sampled, rate, seconds)
    accepted = told["statuses"].get("202", 0)
    if accepted != round(rate * seconds):
        say(f"  not all was taken: {told['statuses']}, {told['late']} never sent")
    per_second = accepted / max(told["took_s"], seconds)
    findings.note(f"{part}/accepted", "a second", per_second, waits=True)
    findings.note_spent(part, spent, accepted, beside)
    took = told["took_ms"]
    for share in (0.5, 0.99):
        findings.note(f"{part}/p{share * 100:.0f} of the 202", "ms", at(took, share), waits=True)
    seen = waits_ms(told["shown"], sightings)
    began = seen[0][0] + SETTLES_S
    length = (seen[-1][0] - began) / rounds
    for n in range(rounds):
        piece = [ms for when, ms in seen if n * length <= when - began < (n + 1) * length]
        findings.note_took(part, piece, beside, waits=True)
    settled = sorted(ms for when, ms in seen if when >= began)
    findings.freshness_ms[part] = [round(at(settled, n / 100), 1) for n in range(101)]
