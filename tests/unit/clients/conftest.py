"""A server, a device, and a client on it."""

import random
from collections.abc import AsyncIterator
from typing import Any

import pytest

from clients.python.ugc_client import ProgressClient
from tests.unit.clients.scripted import Device, Server, Told, serving


@pytest.fixture
def device() -> Device:
    random.seed(1)
    return Device()


@pytest.fixture
async def server(device: Device) -> AsyncIterator[Server]:
    async with serving(device.wall) as server:
        yield server


@pytest.fixture
def told() -> Told:
    return Told()


@pytest.fixture
def options(device: Device, told: Told) -> dict[str, Any]:
    return {
        "on_dropped": told.on_dropped,
        "on_unauthorized": told.on_unauthorized,
        "wall": device.wall,
        "monotonic": device.monotonic,
        "sleep": device.sleep,
        "timeout": 5,
    }


@pytest.fixture
async def client(server: Server, options: dict[str, Any]) -> AsyncIterator[ProgressClient]:
    async with ProgressClient(server.url, "the-token", **options) as client:
        yield client
