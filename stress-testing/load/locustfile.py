"""The viewers of `make load`, and how they are counted, as locust has it.

The launcher says by LOAD_PLAN, a JSON file, which scenario is played, with which tokens, and where
the timeline goes. At the end the scenario's thresholds are locust's exit code.
"""

import itertools
import json
import os
import sys
import time
from pathlib import Path
from typing import Any

import locust
from load.broken import Garbage, HangingUp, Oversize, Trickling, WrongToken
from load.outcome import outcome
from load.scenario import SCENARIOS
from load.timeline import Timeline
from load.uploads import Upload
from load.viewer import WAITED, Evening, Premiere, Steady, Storm, Viewer
from locust import events
from locust.env import Environment

PLAYED = (
    *(Evening, Premiere, Steady, Storm, Upload),
    *(Garbage, HangingUp, Oversize, Trickling, WrongToken),
)
PLAN: dict[str, Any] = json.loads(Path(os.environ["LOAD_PLAN"]).read_text())
TIMELINE = Timeline()
WAITED_MS: list[float] = []

Viewer.tokens = itertools.cycle(PLAN["tokens"])
HangingUp.tokens = itertools.repeat(PLAN["token of those who hang up"])


@events.request.add_listener
def count(
    response_time: float,
    exception: BaseException | None,
    context: dict[str, Any],
    response: Any = None,
    **_: object,
) -> None:
    if WAITED in context:
        WAITED_MS.append(response_time)
        return
    status = context.get("status", getattr(response, "status_code", 0))
    TIMELINE.add(
        time.time(),
        str(status) if status else "none",
        response_time,
        failed=exception is not None,
        on_purpose="on purpose" in context,
    )


@events.quitting.add_listener
def judge(environment: Environment, **_: object) -> None:
    limits = SCENARIOS[PLAN["scenario"]].limits
    told = outcome(limits, TIMELINE, Viewer.offered, Viewer.accepted, WAITED_MS)
    for line in told["complaints"]:
        sys.stderr.write(f"{line}\n")
    environment.process_exit_code = 1 if told["complaints"] else 0
    told["failures"] = {
        f"{one.name}: {one.error}": one.occurrences for one in environment.stats.errors.values()
    }
    Path(PLAN["outcome"]).write_text(json.dumps({**told, "locust": locust.__version__}))
