"""The plain way to do what the worker does, to hold it against: `getmany`, `json.loads` and a
pydantic model for each record, `JSONEachRow` of dicts by aiochclient, then a commit. The same
promise: nothing is committed before it is stored.

`python stress-testing/bench/plain/consumer.py PORT TOPIC`; makes the topic if there is none, begins
at its end, and serves its metrics on PORT.
"""

import json
import os
import sys
from datetime import datetime
from typing import Annotated
from uuid import UUID

import httpx
import uvloop
from aiochclient import ChClient
from aiokafka import AIOKafkaConsumer
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from prometheus_client import Counter, start_http_server
from pydantic import BaseModel, ConfigDict, Field, model_validator

PARTITIONS = 6
FETCH_ROWS, FETCH_WAIT_MS = 10_000, 500
INSERT = (
    "INSERT INTO movies.views_local "
    "(user_id, film_id, event_id, progress, total, event_time, received_at)"
)
ROWS = Counter("plain_inserted_rows_total", "Rows stored.")


class Event(BaseModel):
    model_config = ConfigDict(extra="forbid")

    v: int
    user_id: UUID
    film_id: UUID
    event_id: UUID
    progress: Annotated[float, Field(ge=0, le=604_800)]
    total: Annotated[float, Field(ge=0, le=604_800)]
    event_time: datetime
    received_at: datetime

    @model_validator(mode="after")
    def _check(self) -> "Event":
        if 0 < self.total < self.progress:
            raise ValueError("progress is greater than total")
        return self


async def main(port: int, topic: str) -> None:
    brokers = os.environ["KAFKA_BOOTSTRAP_SERVERS"]
    admin = AIOKafkaAdminClient(bootstrap_servers=brokers)
    await admin.start()
    await admin.create_topics([NewTopic(topic, PARTITIONS, 1)])  # one that exists is left alone
    await admin.close()
    consumer = AIOKafkaConsumer(
        topic,
        bootstrap_servers=brokers,
        group_id="plain",
        enable_auto_commit=False,
        auto_offset_reset="latest",
        session_timeout_ms=30_000,
        value_deserializer=json.loads,
    )
    await consumer.start()
    for partition in consumer.assignment():
        await consumer.position(partition)  # from here on nothing is missed
    async with httpx.AsyncClient(timeout=60) as http:
        url = os.environ["CH_URL"]
        warehouse = ChClient(http, url=url, database="", date_time_input_format="best_effort")
        start_http_server(port, addr="127.0.0.1")
        while True:
            fetched = await consumer.getmany(timeout_ms=FETCH_WAIT_MS, max_records=FETCH_ROWS)
            rows = [
                Event.model_validate(record.value).model_dump(mode="json", exclude={"v"})
                for records in fetched.values()
                for record in records
            ]
            if rows:
                await warehouse.execute(INSERT, *rows, json=True)
                await consumer.commit()
                ROWS.inc(len(rows))


if __name__ == "__main__":
    uvloop.run(main(int(sys.argv[1]), sys.argv[2]))
