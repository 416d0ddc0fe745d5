"""`make load ARGS="evening --users 200 --seconds 60"`: one scenario, or `wrk` for the ceiling.

It is played to a stack of its own on free ports, or to the one at --url, where Kafka is left alone.
--web opens locust's page on loopback, and ends with Ctrl-C. The exit code is 1 when a threshold is
passed, or when less is stored than was accepted.
"""

import argparse
import asyncio
import sys
import tempfile
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

from keeping import keep
from load import page
from load.ceiling import ceiling
from load.playing import play
from load.running import Choice
from load.scenario import SCENARIOS
from load.taken import taken

from configuration import InvalidSettings
from embedded.child import Child
from embedded.errors import CannotStart
from embedded.settings import Settings
from tests.stack import private_stack

OF_THE_SETTINGS = "of the settings"
NO_LIMIT = {"UGC_RATE_PER_USER": "0"}


def main() -> int:
    parser = argparse.ArgumentParser(prog="make load", description=__doc__)
    parser.add_argument("scenario", choices=[*SCENARIOS, "wrk"])
    parser.add_argument("--users", type=int, help="how many at once; else as the scenario has it")
    parser.add_argument("--seconds", type=int, help="for how long; else as the scenario has it")
    parser.add_argument("--web", nargs="?", type=int, const=8089, default=0, help="its page's port")
    parser.add_argument(
        "--url",
        nargs="?",
        const=OF_THE_SETTINGS,
        help="a running stack; without a value the one of `make run`",
    )
    parser.add_argument("--results", type=Path, default=page.KEPT, help="where to")
    try:
        return asyncio.run(_run(parser.parse_args()))
    except (CannotStart, InvalidSettings) as error:
        sys.stderr.write(f"{error}\n")
        return 1
    except KeyboardInterrupt:
        return 130


async def _run(chosen: argparse.Namespace) -> int:
    scenario = SCENARIOS.get(chosen.scenario)
    environment = scenario.environment if scenario else NO_LIMIT
    async with _stack(chosen.url, environment) as target:
        settings, url, kafka = target
        if scenario is None:
            facts = taken()
            routes = await ceiling(settings, url, chosen.seconds or 10)
            keep({**facts, "routes": routes}, chosen.results / page.WRK)
            _to_the_readme(chosen.results)
            return 0
        choice = Choice(
            chosen.scenario,
            chosen.users or scenario.users,
            chosen.seconds or scenario.seconds,
            chosen.web,
        )
        code = await play(settings, url, choice, chosen.results, kafka)
        _to_the_readme(chosen.results)
        return code


def _to_the_readme(folder: Path) -> None:
    """Only what is kept in the repository is told there."""
    if folder == page.KEPT:
        page.write()


@asynccontextmanager
async def _stack(
    url: str | None, environment: Mapping[str, str]
) -> AsyncIterator[tuple[Settings, str, Child | None]]:
    """Settings, the front door, and the Kafka that may be paused. Raises CannotStart."""
    if url is not None:
        settings = Settings.from_environment()
        yield settings, settings.front_url if url == OF_THE_SETTINGS else url.rstrip("/"), None
        return
    with tempfile.TemporaryDirectory() as folder:
        async with private_stack(Path(folder), **environment) as own:
            sys.stdout.write("starting a stack for this run\n")
            sys.stdout.flush()
            await own.start()
            yield own.settings, own.settings.front_url, own.kafka[0]
            await own.stop()


if __name__ == "__main__":
    sys.exit(main())
