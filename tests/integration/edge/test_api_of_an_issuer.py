"""The API as a process of its own, with an issuer's keys, from its start to its end."""

import time
from collections.abc import AsyncIterator
from dataclasses import dataclass

import httpx
import pytest
from msgspec.structs import replace

from embedded import children
from embedded.child import Child
from embedded.ports import free_block
from tests.integration.edge.auth_service import AuthService, auth_service
from tests.integration.edge.test_issuer import forged
from tests.stack import RunningStack
from tests.unit.ugc_api.serving import ADDRESS, report
from tests.waiting import until


@dataclass
class Scene:
    service: AuthService
    api: Child
    http: httpx.AsyncClient

    def token(self, name: str, jti: str = "") -> str:
        return self.service.token(name, exp=time.time() + 600, jti=jti)

    async def post(self, token: str) -> int:
        headers = {"Authorization": f"Bearer {token}"}
        return (await self.http.post(ADDRESS, json=report(), headers=headers)).status_code


@pytest.fixture
async def scene(running_stack: RunningStack) -> AsyncIterator[Scene]:
    """An API beside the shared one, started and not waited for."""
    async with auth_service() as service:
        with free_block(2) as ports:
            environ = {
                **running_stack.settings.environ,
                "UGC_ENVIRONMENT": "production",
                "SECURITY_JWT_AUTH_ALGORITHM": "RS256",
                "SECURITY_JWT_AUTH_JWKS_URL": service.url,
            }
            settings = replace(
                running_stack.settings, http_port=ports[0], metrics_port=ports[1], environ=environ
            )
            api = children.api(settings)
            try:
                await api.start()
                async with httpx.AsyncClient(base_url=settings.api_url, timeout=5) as http:
                    yield Scene(service, api, http)
            finally:
                await api.kill()


async def test_it_takes_his_tokens_through_good_and_bad_days(scene: Scene) -> None:
    await scene.api.ready(within=20)
    remembered = scene.token("first")
    assert await scene.post(remembered) == 202
    scene.service.behaviour = "silent"
    scene.service.make_key("second")
    for expected, token in (
        (202, remembered),
        (202, scene.token("first", "not seen yet")),
        (401, forged(remembered)),
        (503, scene.token("second")),
    ):
        started = time.monotonic()
        assert await scene.post(token) == expected
        assert time.monotonic() - started < 1.5  # 1 s at most, on a machine that is not ours alone
    scene.service.behaviour = "well"

    async def knows_the_second() -> bool:
        return await scene.post(scene.token("second")) == 202

    await until(knows_the_second, within=20, every=0.2)
    await scene.api.stop()
    assert scene.api.exit_code == 0, list(scene.api.tail)


async def test_without_his_keys_it_is_not_ready_and_it_ends_when_told(scene: Scene) -> None:
    scene.service.behaviour = "silent"

    async def says_what_it_waits_for() -> bool:
        try:
            answer = await scene.http.get("/readyz")
        except httpx.TransportError:
            return False
        return answer.status_code == 503 and answer.json()["missing"] == ["keys of tokens"]

    await until(says_what_it_waits_for, within=20)
    await scene.api.stop()
    assert scene.api.exit_code == 0, list(scene.api.tail)
