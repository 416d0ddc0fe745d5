"""Three brokers as their clients see them: who leads, who coordinates, whether all keep up.

Each question is asked anew of whichever broker answers; KafkaError or TimeoutError if none does.
Brokers are named by their number from 0, as the stack counts them, not by Kafka's node id.
"""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any

from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError

from embedded.settings import Settings
from tests.chaos.group import GROUP, TOPIC
from tests.waiting import until

NOBODY = -2  # Kafka's -1
_ANSWER_WITHIN_S = 5.0


class Cluster:
    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    async def leaders(self) -> Mapping[int, int]:
        """Which broker leads each partition of the events, or NOBODY."""
        (topic,) = await self._topics([TOPIC])
        return {part["partition"]: part["leader"] - 1 for part in topic["partitions"]}

    async def leader(self) -> tuple[int, int]:
        """The broker that leads most partitions of the events, and how many."""
        ((broker, led),) = Counter((await self.leaders()).values()).most_common(1)
        return broker, led

    async def is_led_without(self, broker: int) -> bool:
        """Whether every partition has a leader, and that is another one."""
        try:
            return {broker, NOBODY}.isdisjoint((await self.leaders()).values())
        except (KafkaError, TimeoutError):
            return False

    async def coordinator(self) -> int:
        """The broker that keeps the workers' group and its offsets."""
        async with self._admin() as admin:
            return int(await admin.find_coordinator(GROUP)) - 1

    async def is_coordinated_without(self, broker: int) -> bool:
        try:
            return await self.coordinator() not in (broker, NOBODY)
        except (KafkaError, TimeoutError):
            return False

    async def is_whole(self) -> bool:
        """Whether every replica of every partition of every topic is in sync."""
        try:
            topics = await self._topics(None)
        except (KafkaError, TimeoutError):
            return False
        return all(
            part["leader"] >= 0 and sorted(part["isr"]) == sorted(part["replicas"])
            for topic in topics
            for part in topic["partitions"]
        )

    async def becomes_whole(self, within: float = 60.0) -> float:
        """Seconds it took."""
        return await until(self.is_whole, within=within, every=0.1)

    async def _topics(self, names: Sequence[str] | None) -> Sequence[Mapping[str, Any]]:
        async with self._admin() as admin:
            found: Sequence[Mapping[str, Any]] = await admin.describe_topics(names)
            return found

    @asynccontextmanager
    async def _admin(self) -> AsyncIterator[AIOKafkaAdminClient]:
        admin = AIOKafkaAdminClient(
            bootstrap_servers=self._settings.kafka_bootstrap,
            request_timeout_ms=round(_ANSWER_WITHIN_S * 1000),
        )
        try:
            async with asyncio.timeout(_ANSWER_WITHIN_S):
                await admin.start()
                yield admin
        finally:
            await admin.close()
