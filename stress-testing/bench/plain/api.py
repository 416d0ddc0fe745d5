"""The plain way to do what the API does, to hold it against: FastAPI routes, pydantic models,
dependencies, PyJWT for each request, `send_and_wait` for one event, `send` and a gather for many.
Same server, same producer, same promise.

Each event of a batch gets its receipt, 115 bytes in the answer; the product names in one line how
many went in, and only what did not. So a plain batch also makes that many models and their JSON.

`python stress-testing/bench/plain/api.py PORT`; brokers and secret as the API has them, and a topic
of its own, since it does not keep the contract of ours.
"""

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Annotated
from uuid import UUID, uuid4

import jwt
import uvicorn
from aiokafka import AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.structs import RecordMetadata
from fastapi import Depends, FastAPI, HTTPException, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from prometheus_client import Counter, Histogram
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, model_validator

BROKERS = os.environ["KAFKA_BOOTSTRAP_SERVERS"]
TOPIC, PARTITIONS = "plain", 6
REQUESTS = Counter("plain_requests_total", "Answers.", ["status"])
SECONDS = Histogram("plain_request_duration_seconds", "From request to answer.")


class Progress(BaseModel):
    model_config = ConfigDict(extra="forbid")

    progress: Annotated[float, Field(ge=0, le=604_800)]
    total: Annotated[float, Field(gt=0, le=604_800)]
    event_time: AwareDatetime | None = None
    event_id: UUID | None = None

    @model_validator(mode="after")
    def _check(self) -> "Progress":
        if self.progress > self.total:
            raise ValueError("progress is greater than total")
        now = datetime.now(UTC)
        at = self.event_time
        if at is not None and not now - timedelta(days=30) <= at <= now + timedelta(minutes=5):
            raise ValueError("event_time is out of its window")
        return self


class FilmProgress(Progress):
    film_id: UUID


class Event(BaseModel):
    v: int = 1
    user_id: UUID
    film_id: UUID
    event_id: UUID
    progress: float
    total: float
    event_time: datetime
    received_at: datetime


class Accepted(BaseModel):
    event_id: UUID
    event_time: datetime
    receipt: str


def viewer(given: Annotated[HTTPAuthorizationCredentials, Depends(HTTPBearer())]) -> UUID:
    try:
        claims = jwt.decode(
            given.credentials,
            os.environ["SECURITY_JWT_AUTH_SECRET_KEY"],
            algorithms=["HS256"],
            options={"require": ["exp", "sub"]},
        )
        return UUID(claims["sub"])
    except (jwt.PyJWTError, ValueError):
        raise HTTPException(401, headers={"WWW-Authenticate": "Bearer"}) from None


def producer_of(request: Request) -> AIOKafkaProducer:
    return request.app.state.producer


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    admin = AIOKafkaAdminClient(bootstrap_servers=BROKERS)
    await admin.start()
    await admin.create_topics([NewTopic(TOPIC, PARTITIONS, 1)])
    await admin.close()
    app.state.producer = AIOKafkaProducer(
        bootstrap_servers=BROKERS,
        acks="all",
        enable_idempotence=True,
    )
    await app.state.producer.start()
    yield
    await app.state.producer.stop()


app = FastAPI(lifespan=lifespan)


@app.get("/healthz")
async def healthz() -> str:
    return "ok"


@app.post("/api/v1/progresses/films/{film_id}", status_code=202)
async def report(
    film_id: UUID,
    progress: Progress,
    user_id: Annotated[UUID, Depends(viewer)],
    producer: Annotated[AIOKafkaProducer, Depends(producer_of)],
) -> Accepted:
    event = event_of(user_id, film_id, progress)
    with SECONDS.time():
        record = await producer.send_and_wait(
            TOPIC, event.model_dump_json().encode(), key=user_id.bytes
        )
    REQUESTS.labels(202).inc()
    return accepted(event, record)


@app.post("/api/v1/progresses", status_code=202)
async def report_many(
    reports: list[FilmProgress],
    user_id: Annotated[UUID, Depends(viewer)],
    producer: Annotated[AIOKafkaProducer, Depends(producer_of)],
) -> list[Accepted]:
    events = [event_of(user_id, one.film_id, one) for one in reports]
    with SECONDS.time():
        acks = [
            await producer.send(TOPIC, event.model_dump_json().encode(), key=user_id.bytes)
            for event in events
        ]
        records = await asyncio.gather(*acks)
    REQUESTS.labels(202).inc()
    return [accepted(event, record) for event, record in zip(events, records, strict=True)]


def event_of(user_id: UUID, film_id: UUID, progress: Progress) -> Event:
    now = datetime.now(UTC)
    return Event(
        user_id=user_id,
        film_id=film_id,
        event_id=progress.event_id or uuid4(),
        progress=round(progress.progress, 3),
        total=round(progress.total, 3),
        event_time=progress.event_time or now,
        received_at=now,
    )


def accepted(event: Event, record: RecordMetadata) -> Accepted:
    return Accepted(
        event_id=event.event_id,
        event_time=event.event_time,
        receipt=f"{record.partition}-{record.offset}",
    )


if __name__ == "__main__":
    uvicorn.run(
        app,
        port=int(sys.argv[1]),
        loop="uvloop",
        http="httptools",
        access_log=False,
        log_level="warning",
    )
