"""The plain way to do what the API's reads do, to hold them against: FastAPI routes with PyJWT and
a pydantic answer, one HTTP client and one ChClient for all, nothing remembered between two
requests; it does not say how fresh the answer is. The SQL is what the product asked when this was
written, and stays so. What it asks has not: `latest_view` and `longest_view` were tables of their
own, and since migration 0006 are views over the product's `positions`.

`python stress-testing/bench/plain/reader.py PORT`; ClickHouse and secret as the API has them.
"""

import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

import httpx
import jwt
import uvicorn
from aiochclient import ChClient
from fastapi import Depends, FastAPI, HTTPException, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from pydantic import BaseModel

POSITIONS = """
SELECT 'latest' AS which, progress, total, event_time, event_id
FROM movies.latest_view FINAL
WHERE user_id = {user_id} AND film_id = {film_id}
UNION ALL
SELECT 'furthest' AS which, progress, total, event_time, event_id
FROM movies.longest_view FINAL
WHERE user_id = {user_id} AND film_id = {film_id}
"""
LIST = """
SELECT film_id, last.1 AS progress, last.2 AS total, last.3 AS event_time
FROM
(
    SELECT film_id, max(version) AS greatest, argMax((progress, total, event_time), version) AS last
    FROM
    (
        SELECT
            film_id, progress, total, event_time,
            bitOr(
                bitShiftLeft(toUInt128(toUnixTimestamp64Milli(event_time)), 64),
                toUInt128(sipHash64(event_id))
            ) AS version
        FROM movies.views
        WHERE user_id = {user_id}
    )
    GROUP BY film_id
)
ORDER BY greatest DESC, film_id DESC
LIMIT 21
"""
TOP = """
SELECT
    film_id,
    count() AS viewers,
    countIf(length > 0 AND furthest * 10 >= length * 9) AS completions,
    sum(furthest) AS reached_seconds
FROM
(
    SELECT
        film_id, user_id,
        toDecimal64(max(progress), 3) AS furthest, toDecimal64(max(total), 3) AS length
    FROM movies.viewer_days
    WHERE day > toDate(now('UTC')) - {days}
    GROUP BY film_id, user_id
)
GROUP BY film_id
ORDER BY viewers DESC, completions DESC, film_id
LIMIT 20
"""


class Position(BaseModel):
    which: str
    progress: float
    total: float
    event_time: datetime
    event_id: UUID


class Watched(BaseModel):
    film_id: UUID
    progress: float
    total: float
    event_time: datetime


class Film(BaseModel):
    film_id: UUID
    viewers: int
    completions: int
    reached_seconds: float


def claims(given: Annotated[HTTPAuthorizationCredentials, Depends(HTTPBearer())]) -> dict[str, Any]:
    try:
        decoded: dict[str, Any] = jwt.decode(
            given.credentials, os.environ["SECURITY_JWT_AUTH_SECRET_KEY"], algorithms=["HS256"]
        )
    except jwt.PyJWTError:
        raise HTTPException(401, headers={"WWW-Authenticate": "Bearer"}) from None
    return decoded


Claims = Annotated[dict[str, Any], Depends(claims)]


def warehouse_of(request: Request) -> ChClient:
    return request.app.state.warehouse


Warehouse = Annotated[ChClient, Depends(warehouse_of)]


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    async with httpx.AsyncClient() as http:
        app.state.warehouse = ChClient(http, url=os.environ["CH_URL"], database="", final=0)
        yield


app = FastAPI(lifespan=lifespan)


@app.get("/healthz")
async def healthz() -> str:
    return "ok"


@app.get("/api/v1/progresses/films/{film_id}")
async def positions(
    film_id: UUID, user_id: UUID, _: Claims, warehouse: Warehouse
) -> list[Position]:
    asked = {"user_id": user_id, "film_id": film_id}
    found = await warehouse.fetch(POSITIONS, json=True, params=asked)
    if not found:
        raise HTTPException(404)
    return [Position.model_validate(row) for row in found]


@app.get("/api/v1/progresses")
async def watched(user_id: UUID, _: Claims, warehouse: Warehouse) -> list[Watched]:
    found = await warehouse.fetch(LIST, json=True, params={"user_id": user_id})
    return [Watched.model_validate(row) for row in found]


@app.get("/api/v1/films/top")
async def top(_: Claims, warehouse: Warehouse, days: int = 7) -> list[Film]:
    found = await warehouse.fetch(TOP, json=True, params={"days": days})
    return [Film.model_validate(row) for row in found]


if __name__ == "__main__":
    uvicorn.run(
        app,
        port=int(sys.argv[1]),
        loop="uvloop",
        http="httptools",
        access_log=False,
        log_level="warning",
    )
