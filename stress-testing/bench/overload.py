"""More requests than are let in: how they are refused, and nothing lost of what was accepted."""

import asyncio
import tempfile
import time
from pathlib import Path

from bench.loading import load, offer
from bench.measuring import say
from processes import MIB, cost

from embedded.stack import Stack
from tests.analyst import Analyst
from tests.stack import private_stack

LIMIT, OFFERED = 50, 150


async def bench_overload(seconds: float) -> None:
    """`OFFERED` requests in flight where `LIMIT` are let in: what is refused and how, how long the
    accepted took, memory, how soon all is normal again, and whether all accepted is stored."""
    with tempfile.TemporaryDirectory() as folder:
        limits = {"UGC_RATE_PER_USER": "0", "UGC_MAX_REQUESTS_IN_FLIGHT": str(LIMIT)}
        async with private_stack(Path(folder), **limits) as stack:
            await stack.start()
            accepted = Path(folder) / "accepted"
            await _overload(stack, seconds, accepted)
            await _normal_again(stack)
            await _all_stored(stack, set(accepted.read_text().split()))
            await stack.stop()


async def _overload(stack: Stack, seconds: float, accepted: Path) -> None:
    (api,) = stack.api
    settings = stack.settings
    await load(settings, settings.http_port, 3000, LIMIT // 2)
    say(f"\noverload: {OFFERED} in flight where {LIMIT} are let in, for {seconds:.0f} s")
    before = cost(api.pid).resident
    offering = asyncio.create_task(
        offer(settings, settings.http_port, 10**9, OFFERED, seconds=seconds, accepted=accepted)
    )
    peak = before
    while not offering.done():
        await asyncio.wait({offering}, timeout=max(seconds / 12, 1))
        resident = cost(api.pid).resident
        peak = max(peak, resident)
        say(f"  API {resident / MIB:.0f} MiB")
    answers = offering.result()
    say(f"answered {answers['statuses']}, {answers['without_retry_after']} without Retry-After")
    say(f"accepted ones took p50 {answers['p50_ms']:.1f} ms, p99 {answers['p99_ms']:.1f} ms")
    say(f"API's memory: {before / MIB:.0f} MiB before, at most {peak / MIB:.0f} MiB")


async def _normal_again(stack: Stack) -> None:
    """Until half a second's worth of ordinary load was all accepted."""
    started = time.perf_counter()
    while True:
        answers = await offer(stack.settings, stack.settings.http_port, 500, LIMIT // 5)
        took = time.perf_counter() - started
        if answers["statuses"] == {"202": 500}:
            break
    say(
        f"normal again: 500 events of {LIMIT // 5} connections all accepted {took:.1f} s after "
        f"it, p99 {answers['p99_ms']:.1f} ms"
    )


async def _all_stored(stack: Stack, accepted: set[str]) -> None:
    """Waits until the worker has caught up, at most two minutes."""
    analyst = Analyst(stack.settings)
    missing = accepted
    for _ in range(120):
        rows = await analyst.rows("SELECT toString(event_id) FROM movies.views FINAL")
        missing = accepted - {str(row[0]) for row in rows}
        if not missing:
            break
        await asyncio.sleep(1)
    say(f"accepted {len(accepted)}, of these not stored {len(missing)}")
