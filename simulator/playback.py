"""Sends a schedule at a steady rate, and sees each delivery through to its answer."""

import asyncio
import time
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from uuid import UUID

import httpx

from simulator.courier import Courier
from simulator.devices import Device
from simulator.ledger import Ledger
from simulator.network import Again, Live, Mixed, Upload, Wrong
from simulator.player import Player
from simulator.schedule import Schedule, Sending
from simulator.viewer import Heartbeat, Viewer

TICK_S = 0.02
UNDER_WAY_S = 5.0  # what has no answer yet: at most so many seconds' worth, then we wait
FINISH_WITHIN_S = 60.0


@dataclass
class Playback:
    """`token_of` gives a viewer's token; `ledger` is complete once `play` has returned."""

    url: str
    token_of: Callable[[UUID], str]
    ledger: Ledger = field(default_factory=Ledger)

    def __post_init__(self) -> None:
        self.sending_s = 0.0  # from the first report handed out to the last
        self._ids: dict[Heartbeat, UUID] = {}
        self._players: dict[tuple[UUID, Device], Player] = {}
        limits = httpx.Limits(max_connections=32, keepalive_expiry=30)
        timeout = httpx.Timeout(10, pool=None)
        self._http = httpx.AsyncClient(base_url=self.url, limits=limits, timeout=timeout)
        self._courier = Courier(self._http, self.token_of, self.ledger)

    def open(self, viewers: Iterable[Viewer]) -> None:
        """Make the players: thirty milliseconds each, not to be spent while others are sending."""
        for viewer in viewers:
            token = self.token_of(viewer.id)
            for device in (viewer.phone, viewer.tv):
                player = Player(self.url, token, device, self.ledger)
                self._players[viewer.id, device] = player

    async def play(self, schedule: Schedule, rate: float) -> None:
        """`rate` is in reports a second; slower while too many wait for their answer."""
        waiting = deque(schedule.sendings)
        started = time.monotonic()
        async with self._http:
            async with asyncio.TaskGroup() as couriers:
                while waiting:
                    due = rate * (time.monotonic() - started)
                    while waiting and self.ledger.sent < due and self._room(rate):
                        self._send(waiting.popleft(), couriers)
                    await asyncio.sleep(TICK_S)
                self.sending_s = time.monotonic() - started
            await asyncio.gather(*(one.finish(FINISH_WITHIN_S) for one in self._players.values()))
        self.ledger.retried = self.retried

    @property
    def accepted(self) -> int:
        """Answers, so far; repetitions count here."""
        return self._courier.accepted + sum(one.accepted for one in self._players.values())

    @property
    def decided(self) -> int:
        """Of what was sent, what has its final answer."""
        return self._courier.decided + sum(one.decided for one in self._players.values())

    @property
    def retried(self) -> int:
        return self._courier.retried + sum(one.retried for one in self._players.values())

    def _room(self, rate: float) -> bool:
        # counted only when it may matter: it asks every player
        return self.ledger.sent < rate or self.ledger.sent - self.decided < rate * UNDER_WAY_S

    def _send(self, sending: Sending, couriers: asyncio.TaskGroup) -> None:
        delivery = sending.delivery
        self.ledger.sent += delivery.events
        match delivery:
            case Live(device, heartbeat, delayed):
                self.ledger.delayed += delayed
                self._report(sending.viewer, device, heartbeat)
            case Upload(device, heartbeats):
                self.ledger.late += len(heartbeats)
                for heartbeat in heartbeats:
                    self._report(sending.viewer, device, heartbeat)
            case Again(heartbeat):
                self.ledger.again += 1
                couriers.create_task(self._courier.again(heartbeat, self._ids[heartbeat]))
            case Wrong():
                couriers.create_task(self._courier.wrong(delivery))
            case Mixed():
                couriers.create_task(self._courier.mixed(delivery))

    def _report(self, viewer: Viewer, device: Device, heartbeat: Heartbeat) -> None:
        self._ids[heartbeat] = self._players[viewer.id, device].report(heartbeat)
