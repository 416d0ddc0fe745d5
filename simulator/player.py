"""A device's player: the Python client as an application uses it, and what it was answered."""

from uuid import UUID

from clients.python.ugc_client import Event, ProgressClient
from simulator.devices import GATHERS_S, Device
from simulator.ledger import Identity, Ledger, Reported
from simulator.mistakes import rfc3339
from simulator.viewer import Heartbeat

NEVER_ANSWERED = {"queue_full", "closed"}  # the client's own codes: it gave up, not the server


class Player:
    def __init__(self, url: str, token: str, device: Device, ledger: Ledger) -> None:
        self._ledger = ledger
        self._reported: dict[UUID, Heartbeat] = {}
        self._dropped: dict[UUID, str] = {}
        self._client = ProgressClient(
            url, token, on_dropped=self._note_dropped, gather=GATHERS_S[device.kind]
        )

    @property
    def accepted(self) -> int:
        return self._client.accepted

    @property
    def decided(self) -> int:
        return self._client.accepted + self._client.dropped

    @property
    def retried(self) -> int:
        """Sendings beyond the first, as far as they are told apart from those under way."""
        return max(0, self._client.sent - len(self._reported))

    def report(self, heartbeat: Heartbeat) -> UUID:
        """The id that the client gave it."""
        event_id = UUID(
            self._client.report(
                heartbeat.film_id,
                heartbeat.progress,
                heartbeat.total,
                event_time=rfc3339(heartbeat.event_time),
            )
        )
        self._reported[event_id] = heartbeat
        return event_id

    async def finish(self, within_s: float) -> None:
        """Send what is left, and write into the ledger what became of everything."""
        await self._client.close(within_s)
        for event_id, heartbeat in self._reported.items():
            identity, reported = entry(heartbeat, event_id)
            code = self._dropped.get(event_id)
            if code is None:
                self._ledger.accept(identity, reported)
            elif code in NEVER_ANSWERED:
                self._ledger.lose_sight_of(identity, reported)
            else:
                self._ledger.refuse(code, expected=None)

    def _note_dropped(self, event: Event, code: str) -> None:
        self._dropped[UUID(event.event_id)] = code


def entry(heartbeat: Heartbeat, event_id: UUID) -> tuple[Identity, Reported]:
    """A heartbeat as the ledger has it."""
    return (
        (heartbeat.user_id, heartbeat.film_id, event_id),
        Reported(heartbeat.progress, heartbeat.total, heartbeat.event_time),
    )
