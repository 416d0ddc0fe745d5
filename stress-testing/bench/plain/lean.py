"""The least that a consumer does which takes each record as aiokafka hands it out: `getmany`, one
msgspec decode and one comparison a row, an INSERT of the bytes as they came, a commit. No dead
letters, no rules of time, no second try, nothing measured: what checking each row by itself costs
on this machine.

`python stress-testing/bench/plain/lean.py PORT TOPIC`; makes the topic if there is none, begins at
its end, and serves its metrics on PORT.
"""

import os
import sys
from datetime import datetime
from typing import Literal
from uuid import UUID

import httpx
import msgspec
import uvloop
from aiokafka import AIOKafkaConsumer
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from prometheus_client import Counter, start_http_server

PARTITIONS = 6
ROWS_AT_ONCE, BYTES_AT_ONCE, WAIT_MS = 50_000, 8 << 20, 500
PARAMETERS = {
    "query": "INSERT INTO movies.views_local (user_id, film_id, event_id, progress, total, "
    "event_time, received_at) FORMAT JSONEachRow",
    "date_time_input_format": "best_effort",
    "input_format_skip_unknown_fields": "1",
    "input_format_parallel_parsing": "0",
    "wait_end_of_query": "1",
}
ROWS = Counter("plain_inserted_rows_total", "Rows stored.")


class Event(msgspec.Struct, forbid_unknown_fields=True):
    v: Literal[1]
    user_id: UUID
    film_id: UUID
    event_id: UUID
    progress: float
    total: float
    event_time: datetime
    received_at: datetime


async def main(port: int, topic: str) -> None:
    brokers, decode = os.environ["KAFKA_BOOTSTRAP_SERVERS"], msgspec.json.Decoder(Event).decode
    admin = AIOKafkaAdminClient(bootstrap_servers=brokers)
    await admin.start()
    await admin.create_topics([NewTopic(topic, PARTITIONS, 1)])  # one that exists is left alone
    await admin.close()
    consumer = AIOKafkaConsumer(
        topic,
        bootstrap_servers=brokers,
        group_id="lean",
        enable_auto_commit=False,
        auto_offset_reset="latest",
        session_timeout_ms=30_000,
        fetch_max_bytes=2 << 20,
    )
    await consumer.start()
    for partition in consumer.assignment():
        await consumer.position(partition)  # from here on nothing is missed
    async with httpx.AsyncClient(timeout=60) as http:
        start_http_server(port, addr="127.0.0.1")
        rows: list[bytes] = []
        size = 0
        while True:
            fetched = await consumer.getmany(
                timeout_ms=WAIT_MS, max_records=ROWS_AT_ONCE - len(rows)
            )
            for records in fetched.values():
                for record in records:
                    event = decode(record.value)
                    if 0 < event.total < event.progress:
                        raise ValueError("progress is greater than total")
                    rows.append(record.value)
                    size += len(record.value)
            if rows and (len(rows) == ROWS_AT_ONCE or size >= BYTES_AT_ONCE or not fetched):
                answer = await http.post(
                    os.environ["CH_URL"], params=PARAMETERS, content=b"\n".join(rows)
                )
                answer.raise_for_status()
                await consumer.commit()
                ROWS.inc(len(rows))
                rows, size = [], 0


if __name__ == "__main__":
    uvloop.run(main(int(sys.argv[1]), sys.argv[2]))
