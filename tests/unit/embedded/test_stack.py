from collections.abc import Iterable
from pathlib import Path

import pytest

from embedded.child import Child
from embedded.settings import Settings
from embedded.stack import Stack


@pytest.fixture
def libs(tmp_path: Path) -> Path:
    (tmp_path / "kafka_2.13-0.jar").touch()
    return tmp_path


def stack(libs: Path, brokers: int = 1) -> Stack:
    return Stack.of(Settings(libs / "data", brokers=brokers, kafka_libs=libs))


def may_start(stack: Stack, ready: Iterable[Child]) -> set[str]:
    return {child.name for child in stack.children if stack.can_start(child, set(ready))}


def test_stores_wait_for_nobody_and_the_rest_for_kafka(libs: Path) -> None:
    assert may_start(stack(libs), ()) == {"kafka", "clickhouse"}


def test_the_api_alone_does_without_clickhouse(libs: Path) -> None:
    it = stack(libs)
    assert may_start(it, it.kafka) == {"kafka", "clickhouse", "api"}
    everything = {child.name for child in it.children}
    assert may_start(it, (*it.kafka, *it.clickhouse)) == everything


def test_the_front_door_waits_for_nobody(libs: Path) -> None:
    it = Stack.of(Settings(libs / "data", kafka_libs=libs, nginx=Path("nginx")))
    assert may_start(it, ()) == {"kafka", "clickhouse", "nginx"}


def test_most_brokers_are_enough(libs: Path) -> None:
    it = stack(libs, brokers=3)
    assert "api" not in may_start(it, it.kafka[:1])
    assert "api" in may_start(it, it.kafka[1:])


def test_nobody_waits_for_stores_that_are_outside(libs: Path) -> None:
    it = Stack.of(Settings(libs, external_kafka="k:1", external_clickhouse="http://c:1"))
    assert may_start(it, ()) == {"topics", "migrate", "etl", "api"}


async def test_groups_start_one_after_the_other_stores_first(libs: Path) -> None:
    started: list[str] = []

    async def bring_up(child: Child) -> None:
        started.append(child.name)

    await stack(libs).start(bring_up)
    assert started == ["kafka", "clickhouse", "topics", "migrate", "etl", "api"]


async def test_the_first_failure_ends_the_start(libs: Path) -> None:
    started: list[str] = []

    async def bring_up(child: Child) -> None:
        started.append(child.name)
        if child.name == "migrate":
            raise ValueError(child.name)

    with pytest.raises(ValueError, match="migrate"):
        await stack(libs).start(bring_up)
    assert "etl" not in started
