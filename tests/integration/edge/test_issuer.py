"""Keys of an issuer who rotates them, is away, slow, or talks nonsense: accepted tokens stay
accepted, forged ones never are, and nobody waits for him for long."""

import asyncio
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import pytest

from tests.integration.edge.auth_service import AuthService, Behaviour, auth_service
from tests.unit.ugc_api.bearer import NOW, SECRET, claims, issued, key_of, pem_of, signed
from tests.unit.ugc_api.serving import Api
from tests.waiting import until
from ugc_api.access import issuer
from ugc_api.access.issuer import Issuer
from ugc_api.metrics import Metrics

BAD: list[Behaviour] = ["silent", "endless", "huge", "garbage", "redirect", "gzip", "error"]
ACCEPTED = 202, None
UNKNOWN = 401, "unauthorized"
UNAVAILABLE = 503, "keys_unavailable"


@dataclass
class Scene:
    service: AuthService
    keys: Issuer
    api: Api

    async def post(self, token: str) -> tuple[int, str | None]:
        answer = await self.api.post(token=token)
        return answer.status_code, answer.json().get("code")

    def fetched(self, outcome: str) -> float:
        registry = self.keys._metrics.declarations.registry
        return registry.get_sample_value("ugc_jwks_fetches_total", {"outcome": outcome}) or 0.0


@pytest.fixture
async def scene(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Scene]:
    """Fetches are as often as they are asked for."""
    monkeypatch.setattr(issuer, "COOL_DOWN_S", 0.0)
    async with auth_service() as service, Issuer(service.url, "RS256", Metrics()) as keys:
        await until(lambda: not keys.missing())
        yield Scene(service, keys, api_with(keys))


def api_with(keys: Issuer) -> Api:
    return Api(keys=keys, algorithm="RS256", key=pem_of(key_of("RS256")))


def forged(token: str) -> str:
    return token[:-8] + ("A" * 8 if not token.endswith("A" * 8) else "B" * 8)


async def test_a_token_of_a_published_key_is_accepted(scene: Scene) -> None:
    for _ in range(3):
        assert await scene.post(scene.service.token("first")) == ACCEPTED
    assert scene.service.fetches == 1


async def test_a_new_key_is_known_with_its_first_token(scene: Scene) -> None:
    scene.service.make_key("second")
    assert await scene.post(scene.service.token("second")) == ACCEPTED
    assert await scene.post(scene.service.token("first")) == ACCEPTED
    assert scene.service.fetches == 2


async def test_what_a_withdrawn_key_signed_no_longer_counts(scene: Scene) -> None:
    token = scene.service.token("first")
    assert await scene.post(token) == ACCEPTED
    scene.service.make_key("second")
    scene.service.published.remove("first")
    assert await scene.post(scene.service.token("second")) == ACCEPTED
    assert await scene.post(token) == UNKNOWN


async def test_another_key_under_a_known_name_ends_the_tokens_of_the_one_before(
    scene: Scene,
) -> None:
    before = scene.service.token("first")
    assert await scene.post(before) == ACCEPTED
    scene.service.make_key("first")
    scene.service.make_key("second")
    assert await scene.post(scene.service.token("second")) == ACCEPTED  # fetches
    assert await scene.post(before) == UNKNOWN
    assert await scene.post(scene.service.token("first")) == ACCEPTED


@pytest.mark.parametrize("token", ["forged", "unknown", "shared secret", "HS with the public key"])
async def test_a_forged_token_is_never_accepted(scene: Scene, token: str) -> None:
    key = scene.service.keys["first"]
    forgeries = {
        "forged": forged(scene.service.token("first")),
        "unknown": issued("RS256", key, "nobody's"),
        "shared secret": signed(header={"alg": "HS256", "kid": "first"}, secret=SECRET),
        "HS with the public key": signed(
            header={"alg": "HS256", "kid": "first"}, secret=pem_of(key)
        ),
    }
    assert await scene.post(forgeries[token]) == UNKNOWN


async def test_anybody_may_name_keys_but_not_make_us_ask_for_each(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(issuer, "COOL_DOWN_S", 60.0)
    tokens = [issued("RS256", key_of("RS256"), f"no-{n}") for n in range(30)]
    assert {await scene.post(token) for token in tokens} == {UNKNOWN}
    assert scene.service.fetches == 2  # at the start, and for the first of them
    assert await scene.post(scene.service.token("first")) == ACCEPTED


async def test_a_new_key_is_not_denied_because_somebody_asked_a_moment_ago(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What may have been signed since the last fetch is neither good nor bad."""
    monkeypatch.setattr(issuer, "COOL_DOWN_S", 60.0)
    scene.keys._wall = lambda: NOW
    assert await scene.post(issued("RS256", key_of("RS256"), "nobody's")) == UNKNOWN
    scene.service.make_key("second")
    assert await scene.post(scene.service.token("second", iat=NOW)) == UNAVAILABLE
    assert await scene.post(scene.service.token("second", iat=NOW - 60)) == UNKNOWN
    monkeypatch.setattr(issuer, "COOL_DOWN_S", 0.0)
    assert await scene.post(scene.service.token("second", iat=NOW)) == ACCEPTED


async def test_all_keys_may_be_withdrawn(scene: Scene) -> None:
    token = scene.service.token("first")
    assert await scene.post(token) == ACCEPTED
    scene.service.published.clear()
    assert await scene.post(issued("RS256", key_of("RS256"), "nobody's")) == UNKNOWN  # fetches
    assert await scene.post(token) == UNKNOWN
    assert scene.keys.missing() == []


async def test_without_a_name_the_only_key_is_meant(scene: Scene) -> None:
    unnamed = issued("RS256", scene.service.keys["first"])
    assert await scene.post(unnamed) == ACCEPTED
    scene.service.make_key("second")
    assert await scene.post(scene.service.token("second")) == ACCEPTED  # fetches
    other = issued("RS256", scene.service.keys["first"], jti="another")
    assert await scene.post(other) == UNKNOWN


@pytest.mark.parametrize("behaviour", BAD)
async def test_the_last_good_keys_outlive_his_bad_days(
    scene: Scene, behaviour: Behaviour, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A new key's tokens cannot be judged then: that is no 401."""
    monkeypatch.setattr(issuer, "FETCH_S", 0.5)
    remembered = scene.service.token("first")
    assert await scene.post(remembered) == ACCEPTED
    scene.service.behaviour = behaviour
    scene.service.make_key("second")
    new = scene.service.token("second")
    assert await within_a_second(scene, new) == UNAVAILABLE
    assert await within_a_second(scene, remembered) == ACCEPTED
    assert await within_a_second(scene, scene.service.token("first", jti="x")) == ACCEPTED
    assert await within_a_second(scene, forged(new)) == UNAVAILABLE
    assert await within_a_second(scene, forged(remembered)) == UNKNOWN
    assert scene.service.sent <= 10 << 20  # what fits into the buffers on the way
    scene.service.behaviour = "well"
    await until(lambda: scene.keys._fetching is None or scene.keys._fetching.done())
    assert await scene.post(new) == ACCEPTED


async def within_a_second(scene: Scene, token: str) -> tuple[int, str | None]:
    started = time.monotonic()
    answer = await scene.post(token)
    assert time.monotonic() - started < 1.0
    return answer


async def test_an_accepted_token_ends_at_its_time_though_he_is_away(scene: Scene) -> None:
    scene.service.behaviour = "error"
    assert await scene.post(scene.service.token("first", exp=0)) == UNKNOWN


async def test_many_wait_for_one_answer_and_not_too_many(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(issuer, "MOST_PATIENT", 3)
    scene.service.behaviour = "silent"
    tokens = [issued("RS256", key_of("RS256"), f"no-{n}") for n in range(5)]
    asking = [asyncio.create_task(scene.post(token)) for token in tokens]
    done, waiting = await asyncio.wait(asking, timeout=0.3)
    assert (len(done), len(waiting)) == (2, 3)
    assert {await one for one in asking} == {UNAVAILABLE}
    assert scene.service.fetches == 2
    assert scene.keys._waiting == 0


@pytest.mark.parametrize("behaviour", BAD)
async def test_without_any_keys_nothing_is_ready(
    behaviour: Behaviour, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(issuer, "RETRY_S", 0.1)
    monkeypatch.setattr(issuer, "FETCH_S", 0.5)
    async with auth_service() as service:
        service.behaviour = behaviour
        async with Issuer(service.url, "RS256", Metrics()) as keys:
            api = api_with(keys)
            assert keys.missing() == ["keys of tokens"]
            assert (await api.post(token=service.token("first"))).status_code == 503
            service.behaviour = "well"
            await until(lambda: not keys.missing())
            assert (await api.post(token=service.token("first"))).status_code == 202


async def test_a_port_where_nobody_listens_is_an_issuer_who_is_away() -> None:
    async with auth_service() as service:
        pass
    async with Issuer(service.url, "RS256", Metrics()) as keys:
        answer = await api_with(keys).post(token=service.token("first"))
    assert answer.json()["code"] == "keys_unavailable"
    assert answer.headers["retry-after"] == "5"


async def test_keys_are_fetched_anew_from_time_to_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(issuer, "REFRESH_S", 0.05)
    async with auth_service() as service, Issuer(service.url, "RS256", Metrics()) as keys:
        await until(lambda: service.fetches >= 3)
        service.make_key("second")
        service.published.remove("first")
        await until(lambda: list(keys._keys) == ["second"])


async def test_outcomes_are_counted_and_told(
    scene: Scene, caplog: pytest.LogCaptureFixture
) -> None:
    scene.service.behaviour = "garbage"
    with no_token_in(caplog):
        await scene.post(issued("RS256", key_of("RS256"), "nobody's"))
    assert scene.fetched("fetched") == 1
    assert scene.fetched("no_key_set") == 1
    (line,) = [r for r in caplog.records if r.name == "ugc_api.access.issuer"]
    assert vars(line)["reason"] == "no_key_set"


@contextmanager
def no_token_in(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    yield
    assert "eyJ" not in caplog.text
    assert str(claims()["sub"]) not in caplog.text
