"""One scenario from start to picture: locust beside a stack that is watched meanwhile."""

import asyncio
import sys
import time
import uuid
from collections.abc import Callable, Collection
from contextlib import nullcontext
from dataclasses import asdict
from pathlib import Path
from typing import Any
from uuid import UUID

from canary import Canary
from keeping import keep
from load.denying import denying
from load.observing import Observed, observed
from load.outage import outage
from load.picture import redraw
from load.running import Choice, locust
from load.taken import taken
from load.thresholds import lost

from embedded.child import Child
from embedded.settings import Settings
from simulator.errors import CannotPlay
from simulator.warehouse import Warehouse, of
from telemetry.screen import Screen, number

STORED_WITHIN_S = 60.0


async def play(
    settings: Settings, url: str, choice: Choice, results: Path, kafka: Child | None
) -> int:
    """The exit code; `load-<scenario>.json` and `.png` are in `results` then. `kafka` stands still
    for a while where the scenario says so."""
    scenario, hanging_up, facts = choice.scenario, uuid.uuid4(), taken()
    canary = Canary(settings, url)
    apart = (canary.viewer, hanging_up)  # nobody counts what of these was accepted
    there_before = await _stored(settings, apart)
    async with (
        denying(url, scenario.denial) if scenario.denial else nullcontext(url) as host,
        observed(settings, canary, _progress(choice)) as seen,
        outage(kafka, choice) as stood_still,
    ):
        code, outcome = await locust(settings, host, choice, hanging_up)
    if outcome is None:
        return code or 1
    complaints = outcome["complaints"]
    if there_before is not None:
        accepted = outcome["accepted"]
        outcome["stored"] = await _arrived(settings, apart, there_before, accepted)
        complaints += lost(accepted, outcome["stored"])
    run = {
        "scenario": choice.name,
        "title": scenario.title,
        **facts,
        "users": choice.users,
        "limits": asdict(scenario.limits),
        "outage": stood_still,
        **outcome,
        "observed": [one._asdict() for one in seen],
    }
    file = results / f"load-{choice.name}.json"
    keep(run, file)
    _tell(run, redraw(file))
    return 1 if complaints else code


async def _stored(settings: Settings, apart: Collection[UUID]) -> int | None:
    """Events but those of viewers apart; None where ClickHouse is not ours to ask."""
    sql = f"SELECT count() FROM movies.views FINAL WHERE NOT ({of(apart)})"  # noqa: S608
    try:
        ((count,),) = await Warehouse(settings).rows(sql, tuple[int])
    except CannotPlay:
        return None
    return count


async def _arrived(settings: Settings, apart: Collection[UUID], before: int, wanted: int) -> int:
    """Further events that are stored, once that is enough, or time is up."""
    ends = time.monotonic() + STORED_WITHIN_S
    while True:
        further = (await _stored(settings, apart) or 0) - before
        if further >= wanted or time.monotonic() > ends:
            return further
        await asyncio.sleep(0.25)


def _progress(choice: Choice) -> Callable[[Observed], None]:
    """How far it is, unless locust's page shows that."""
    screen, began = Screen(sys.stdout), time.time()

    def tell(one: Observed) -> None:
        if not choice.web_port:
            fresh = "?" if one.freshness is None else f"{one.freshness:.1f}"
            lag = "?" if one.lag is None else number(one.lag)
            done = min((one.at - began) / choice.seconds, 0.99)
            screen.progress(done, f"{choice.name}: lag {lag}, {fresh} s from 202 to SELECT")

    return tell


def _tell(run: dict[str, Any], picture: Path) -> None:
    stored = number(run["stored"]) if "stored" in run else "unknown how many"
    waited = f"first try to 202: p99 {run['waited']['p99_ms']:.0f} ms; " if run["waited"] else ""
    sys.stdout.write(
        f"\n{run['scenario']}: {number(run['requests'])} requests, p50 {run['p50_ms']:.0f} ms, "
        f"p95 {run['p95_ms']:.0f} ms, p99 {run['p99_ms']:.0f} ms, {number(run['failed'])} failed, "
        f"{number(run['refused'])} refused; {waited}"
        f"{number(run['accepted'])} events accepted, {stored} stored\n"
        f"kept: {picture.with_suffix('.json')}, {picture.name}\n"
    )
    for line in run["complaints"]:
        sys.stdout.write(f"{line}\n")
