"""What every case of chaos is given: the report, its size, and a seed that can be given again.

After `make chaos` the report is written to the folder named by CHAOS_RESULTS.
"""

import os
import random
from collections.abc import Callable, Generator
from pathlib import Path

import pytest

from tests.chaos.report.report import Report

SCALE = float(os.environ.get("CHAOS_SCALE") or 1.0)
REPORT = pytest.StashKey[Report]()
FAILED = pytest.StashKey[list[str]]()


def pytest_configure(config: pytest.Config) -> None:
    config.stash[REPORT] = Report()
    config.stash[FAILED] = []


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    done = yield
    if done.failed:
        item.config.stash[FAILED].append(item.name)
    return done


def pytest_sessionfinish(session: pytest.Session) -> None:
    report, failed = session.config.stash[REPORT], session.config.stash[FAILED]
    folder = os.environ.get("CHAOS_RESULTS")
    if folder and report.outcomes:
        report.write(Path(folder), failed, SCALE)


@pytest.fixture(scope="session")
def report(pytestconfig: pytest.Config) -> Report:
    return pytestconfig.stash[REPORT]


@pytest.fixture(scope="session")
def seed() -> int:
    """`CHAOS_SEED`, or a new one; every case says which."""
    return int(os.environ.get("CHAOS_SEED") or random.SystemRandom().randrange(1, 1_000_000))


@pytest.fixture(scope="session")
def rounds() -> Callable[[int], int]:
    """How many rounds stand for `n` of them at the scale of `CHAOS_SCALE`, one at least."""
    return lambda n: max(1, round(n * SCALE))
