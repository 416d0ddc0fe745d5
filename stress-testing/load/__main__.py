"""`make load ARGS="evening --users 200 --seconds 60"`: one scenario, or `wrk` for the ceiling.

It is played to a stack of its own on free ports, or to the one at --url, where Kafka is left alone.
--web opens locust's page on loopback, and ends with Ctrl-C. Results are kept of a whole run, as the
scenario has it; of any other they are in results/latest, and of one that Ctrl-C ended there are
none. The exit code is 1 when a threshold is passed, or when less is stored than was accepted.
"""

import argparse
import asyncio
import sys
import tempfile
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

from asked import KEPT, folder, whole_number
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
    parser.add_argument("--users", type=whole_number, help="at once; else as the scenario has it")
    parser.add_argument("--seconds", type=whole_number, help="else as the scenario has it")
    parser.add_argument("--web", nargs="?", type=int, const=8089, default=0, help="its page's port")
    parser.add_argument(
        "--url",
        nargs="?",
        const=OF_THE_SETTINGS,
        help="a running stack; without a value the one of `make run`",
    )
    parser.add_argument("--results", type=Path, help="where to")
    chosen = parser.parse_args()
    if chosen.scenario == "wrk" and (chosen.users or chosen.web):
        parser.error("wrk: its connections are its own, and it has no page")
    try:
        return asyncio.run(_run(chosen))
    except (CannotStart, InvalidSettings) as error:
        sys.stderr.write(f"{error}\n")
        return 1
    except KeyboardInterrupt:
        return 130


async def _run(chosen: argparse.Namespace) -> int:
    scenario = SCENARIOS.get(chosen.scenario)
    environment = scenario.environment if scenario else NO_LIMIT
    whole = not (chosen.users or chosen.seconds or chosen.web or chosen.url)
    results = folder(chosen.results, whole)
    async with _stack(chosen.url, environment) as target:
        settings, url, kafka = target
        if scenario is None:
            facts = taken()
            routes = await ceiling(settings, url, chosen.seconds or 10)
            keep({**facts, "routes": routes}, results / page.WRK)
            sys.stdout.write(f"kept: {results / page.WRK}\n")
            _to_the_readme(results)
            return 0
        choice = Choice(
            chosen.scenario,
            chosen.users or scenario.users,
            chosen.seconds or scenario.seconds,
            chosen.web,
        )
        code = await play(settings, url, choice, results, kafka)
        _to_the_readme(results)
        return code


def _to_the_readme(results: Path) -> None:
    """Only what is kept in the repository is told there."""
    if results == KEPT:
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
    with tempfile.TemporaryDirectory() as place:
        async with private_stack(Path(place), **environment) as own:
            sys.stdout.write("starting a stack for this run\n")
            sys.stdout.flush()
            await own.start()
            yield own.settings, own.settings.front_url, own.kafka[0]
            await own.stop()


if __name__ == "__main__":
    sys.exit(main())
