"""What a 202 rests on is set, not left to a library's defaults."""

import asyncio

from configuration.kafka import Brokers
from etl.dead_letters import DeadLetters
from ugc_api.publishing.producers import new_producer

ALL_IN_SYNC = -1


async def test_every_in_sync_replica_acknowledges_and_retries_are_no_second_record() -> None:
    letters = DeadLetters(Brokers("127.0.0.1:9"), "views.dead-letters")
    for producer in (new_producer(Brokers("127.0.0.1:9"), 4.0), letters._producer):
        assert producer._sender._acks == ALL_IN_SYNC
        assert producer._txn_manager is not None  # idempotent
        assert producer._message_accumulator._linger_time == 0
        await asyncio.wait_for(producer.stop(), timeout=1)
