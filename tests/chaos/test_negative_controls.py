"""What the rules of the promise are worth: without one of them, the same kills break it.

Each rule is broken in a copy of the product, and the comparison must find that out. Their twin is
a copy that is whole, under the same kills: it is the rule that makes the difference.
"""

import dataclasses
from pathlib import Path

import pytest

from embedded.stack import Stack
from tests.chaos.broken_copy import broken_copy, running
from tests.chaos.controls import (
    CONTROLS,
    Control,
    Kills,
    kill_before_the_ack,
    kill_before_the_insert,
)
from tests.chaos.proxy.messages import Http
from tests.chaos.proxy.proxy import Proxy
from tests.chaos.trial import Report, Trial, trial
from tests.chaos.wiring import behind

pytestmark = [pytest.mark.chaos, pytest.mark.timeout(120)]

ROUNDS = 3


@pytest.mark.parametrize("control", CONTROLS, ids=lambda control: control.breach)
async def test_a_broken_rule_is_found_out(
    control: Control, seed: int, tmp_path: Path, report: Report
) -> None:
    copy = broken_copy(tmp_path / "copy", control.file, control.edits)
    name = f"control: {control.breach}"
    t = await tried(control.kills, copy, name, seed, report, must_fail=True)
    assert not t.outcome.kept
    assert t.outcome.lost > 0


@pytest.mark.parametrize("kills", [kill_before_the_insert, kill_before_the_ack])
async def test_the_same_kills_do_no_harm_to_a_whole_copy(
    kills: Kills, seed: int, tmp_path: Path, report: Report
) -> None:
    copy = broken_copy(tmp_path / "copy", "etl/worker.py", ())
    name = f"twin of the controls: {kills.__name__.replace('_', ' ')}"
    await tried(kills, copy, name, seed, report)


async def tried(
    kills: Kills, copy: Path, name: str, seed: int, report: Report, must_fail: bool = False
) -> Trial:
    """A trial of the product as it is in `copy`."""
    async with Proxy(Http) as clickhouse:

        def arrange(stack: Stack) -> Stack:
            topics, migrate = stack.steps
            stack = dataclasses.replace(
                stack,
                steps=(running(topics, copy), running(migrate, copy)),
                etl=tuple(running(worker, copy) for worker in stack.etl),
                api=tuple(running(api, copy) for api in stack.api),
            )
            return behind(stack, clickhouse=clickhouse)

        data = copy.with_name("data")
        async with trial(name, seed, data, report, arrange=arrange, must_fail=must_fail) as t:
            await t.flows(50)
            for _ in t.rounds(ROUNDS):
                await kills(t, clickhouse)
        return t
