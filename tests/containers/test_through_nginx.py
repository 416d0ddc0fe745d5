"""The images of this product, as docker-compose.test.yaml runs them: what comes in is stored."""

import os
import time
import uuid
from pathlib import Path

import httpx
import jwt
import pytest

from tests.waiting import until

pytestmark = pytest.mark.containers


@pytest.fixture
def door() -> str:
    return os.environ["CONTAINERS_FRONT_URL"]


@pytest.fixture
def bearer() -> dict[str, str]:
    secret = Path(os.environ["CONTAINERS_SECRET_FILE"]).read_text().strip()
    claims = {"sub": str(uuid.uuid4()), "exp": int(time.time()) + 600}
    return {"Authorization": f"Bearer {jwt.encode(claims, secret, algorithm='HS256')}"}


async def test_an_accepted_event_is_stored_and_read_back(door: str, bearer: dict[str, str]) -> None:
    film = uuid.uuid4()
    async with httpx.AsyncClient(base_url=door, headers=bearer, timeout=10) as http:
        answer = await http.post(
            f"/api/v1/progresses/films/{film}", json={"progress": 754.5, "total": 5400}
        )
        assert answer.status_code == httpx.codes.ACCEPTED, answer.text
        accepted = answer.json()

        async def stored() -> bool:
            status = await http.get(
                f"/api/v1/events/{accepted['event_id']}", params={"receipt": accepted["receipt"]}
            )
            return bool(status.json()["status"] == "stored")

        await until(stored, within=20, every=0.1)
        position = (await http.get(f"/api/v1/progresses/films/{film}")).json()
    assert position["latest"]["progress"] == 754.5


async def test_nothing_but_the_api_is_behind_the_door(door: str) -> None:
    async with httpx.AsyncClient(base_url=door, timeout=10) as http:
        for path in ("/healthz", "/readyz", "/metrics", "/"):
            assert (await http.get(path)).status_code == httpx.codes.NOT_FOUND, path
        answer = await http.get("/api/v1/progresses")
        assert answer.status_code == httpx.codes.UNAUTHORIZED
