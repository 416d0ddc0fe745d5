"""The broker dies in the middle of fifty batches: after the clients' retries all is there once."""

import asyncio
import json
import random
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

import httpx

from embedded import token
from embedded.settings import Settings
from tests.analyst import Analyst
from tests.players import Ledger, Reported
from tests.stack import private_stack
from tests.waiting import until

CLIENTS, BATCHES, EVENTS = 5, 10, 300


def reports(rng: random.Random) -> list[dict[str, object]]:
    """A batch of one viewer, each event with an id and a time of its own."""
    return [
        {
            "film_id": str(UUID(int=900 + n % 5)),
            "progress": round(rng.uniform(0, 5400), 3),
            "total": 5400,
            "event_id": str(UUID(int=rng.getrandbits(128), version=4)),
            "event_time": datetime.now(UTC).isoformat(timespec="milliseconds"),
        }
        for n in range(EVENTS)
    ]


async def client(settings: Settings, number: int, ledger: Ledger) -> None:
    """Sends what was not accepted again, until all of it was."""
    rng = random.Random(number)  # noqa: S311  # replayable, not a secret
    user = UUID(int=rng.getrandbits(128), version=4)
    headers = {
        "Authorization": f"Bearer {token.mint(settings, user)}",
        "Content-Type": "application/x-ndjson",
    }
    async with httpx.AsyncClient(base_url=settings.api_url, headers=headers, timeout=20) as http:
        for _ in range(BATCHES):
            left = reports(rng)
            while left:
                body = "".join(json.dumps(one) + "\n" for one in left)
                try:
                    answer = await http.post("/api/v1/progresses", content=body)
                except httpx.TransportError:
                    ledger.count(0)
                    continue
                ledger.count(answer.status_code)
                assert answer.status_code in (202, 207, 503), answer.text
                refused = {one["index"] for one in answer.json().get("refused", [])}
                if answer.json().get("code") == "too_many_batches":
                    refused = set(range(len(left)))
                for index, one in enumerate(left):
                    if index not in refused:
                        identity = (user, UUID(str(one["film_id"])), UUID(str(one["event_id"])))
                        moment = datetime.fromisoformat(str(one["event_time"]))
                        progress = float(str(one["progress"]))
                        ledger.accepted[identity] = Reported(progress, 5400.0, moment)
                left = [one for index, one in enumerate(left) if index in refused]


async def test_after_the_retries_everything_is_there_once(tmp_path: Path) -> None:
    ledger = Ledger()
    impatient = {"UGC_RATE_PER_USER": "0", "KAFKA_PRODUCER_TIMEOUT_MS": "500"}
    async with private_stack(tmp_path, **impatient) as stack:
        await stack.start()
        (broker,) = stack.kafka
        async with asyncio.TaskGroup() as clients:
            for number in range(CLIENTS):
                clients.create_task(client(stack.settings, number, ledger))
            for answered in (8, 24):  # of fifty
                await until(lambda wanted=answered: ledger.answers.get(202, 0) >= wanted)  # type: ignore[misc]
                await broker.kill()
                await broker.start()
        assert len(ledger.accepted) == CLIENTS * BATCHES * EVENTS
        assert ledger.answers.keys() & {0, 207, 503}, "the broker's death hit no batch"
        await Analyst(stack.settings).assert_agrees(ledger)
