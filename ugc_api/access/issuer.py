"""The keys of an issuer who publishes them at one address, and changes them now and then.

They are fetched in the background, and the last good set stays in use while the issuer is away,
slow or talks nonsense: no request waits longer than PATIENCE_S for him, and only one that names a
key which nobody has seen yet.
"""

import asyncio
import ipaddress
import logging
import math
import time
from collections.abc import Callable
from contextlib import suppress
from urllib.parse import urlsplit

import httpx

from client_gaps import http_client
from configuration import InvalidSettings
from ugc_api.access.jwks import NoKeySet, read
from ugc_api.access.keys import Key, UnknownKey
from ugc_api.metrics import Metrics

log = logging.getLogger(__name__)

REFRESH_S = 300.0
"""So long does a key count after it was withdrawn, if he can be asked."""

RETRY_S = 10.0
COOL_DOWN_S = 10.0
"""Between two fetches that were made because of an unknown key: anybody may name one."""

CLOCKS_S = 10.0
"""So much his clock may differ from ours."""

FETCH_S = 5.0
PATIENCE_S = 0.9
MOST_PATIENT = 200
"""Requests that wait at once."""

MAX_BYTES = 256 * 1024


class Issuer:
    def __init__(
        self,
        url: str,
        algorithm: str,
        metrics: Metrics,
        now: Callable[[], float] = time.monotonic,
        wall: Callable[[], float] = time.time,
    ) -> None:
        """Raises InvalidSettings for an address that others could answer at."""
        _check(url, algorithm)
        self._url = url
        self._algorithm = algorithm
        self._metrics = metrics
        self._now = now
        self._wall = wall
        self._keys: dict[str | None, Key] = {}
        self._fingerprints: frozenset[bytes] = frozenset()
        self._fetching: asyncio.Task[None] | None = None
        self._asked_at = -math.inf  # the last fetch because of an unknown key began
        self._known_until = -math.inf  # by the wall's clock: what is issued later may be new
        self._fetched = False
        self._told: tuple[str, frozenset[bytes]] = "", frozenset()
        self._good_at = now()
        self._went_well = False
        self._waiting = 0
        metrics.keys_age.set_function(lambda: self._now() - self._good_at)

    async def __aenter__(self) -> "Issuer":
        self._http = http_client(None)  # one limit holds for all of a fetch
        self._keeper = asyncio.create_task(self._keep_fresh())
        return self

    async def __aexit__(self, *exc: object) -> None:
        tasks = {task for task in (self._keeper, self._fetching) if task is not None}
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks)
        await self._http.aclose()

    def named(self, kid: str | None) -> Key:
        """Raises UnknownKey. Without a name it can only be meant if there is no other."""
        if kid is None and len(self._keys) == 1:
            return next(iter(self._keys.values()))
        with suppress(KeyError):
            return self._keys[kid]
        raise UnknownKey

    def holds(self, key: Key) -> bool:
        return key.fingerprint in self._fingerprints

    async def ask_again(self, issued_at: float) -> bool:
        if self._fetching is None or self._fetching.done():
            if self._now() - self._asked_at < COOL_DOWN_S:
                return self._went_well and issued_at < self._known_until
            self._asked_at = self._now()
            self._begin()
        if self._waiting < MOST_PATIENT and self._fetching is not None:
            self._waiting += 1
            try:
                await asyncio.wait({self._fetching}, timeout=PATIENCE_S)
            finally:
                self._waiting -= 1
        return self._went_well and (self._fetching is None or self._fetching.done())

    def missing(self) -> list[str]:
        return [] if self._fetched else ["keys of tokens"]

    def _begin(self) -> asyncio.Task[None]:
        if self._fetching is None or self._fetching.done():
            self._fetching = asyncio.create_task(self._fetch())
        return self._fetching

    async def _keep_fresh(self) -> None:
        while True:
            await asyncio.wait({self._begin()})
            await asyncio.sleep(REFRESH_S if self._went_well else RETRY_S)

    async def _fetch(self) -> None:
        outcome, began = "error", self._wall()
        try:
            async with asyncio.timeout(FETCH_S):
                keys = read(await self._document(), self._algorithm)
            outcome = "fetched"
            self._fetched = True
            self._known_until = began - CLOCKS_S
            self._keys = keys
            self._fingerprints = frozenset(key.fingerprint for key in keys.values())
            self._good_at = self._now()
        except TimeoutError:
            outcome = "timeout"
        except httpx.HTTPError:
            outcome = "unreachable"
        except NoKeySet:
            outcome = "no_key_set"
        except Exception:
            log.exception("cannot fetch the issuer's keys")
        finally:
            self._went_well = outcome == "fetched"
            self._metrics.key_fetches.labels(outcome).inc()
        self._tell(outcome)

    def _tell(self, outcome: str) -> None:
        """What an operator has to know: trouble, its end, and that keys are others now."""
        told = {"keys": sorted(map(str, self._keys))}
        if not self._went_well:
            log.warning("no keys of the issuer, old ones go on", extra={"reason": outcome, **told})
        elif not self._keys:
            log.warning("the issuer publishes no key that could be used: all tokens are refused")
        elif self._told != (outcome, self._fingerprints):
            log.info("keys of the issuer", extra=told)
        self._told = outcome, self._fingerprints

    async def _document(self) -> bytes:
        """Plain bytes, at most MAX_BYTES, of this very address. Raises NoKeySet, HTTPError."""
        plain = {"Accept": "application/json", "Accept-Encoding": "identity"}
        async with self._http.stream("GET", self._url, headers=plain) as answer:
            if answer.status_code != httpx.codes.OK or "content-encoding" in answer.headers:
                raise NoKeySet(f"status {answer.status_code}")
            document = b""
            async for chunk in answer.aiter_raw():
                document += chunk
                if len(document) > MAX_BYTES:
                    raise NoKeySet("too large")
            return document


def _check(url: str, algorithm: str) -> None:
    name = "SECURITY_JWT_AUTH_JWKS_URL"
    if algorithm.startswith("HS"):
        raise InvalidSettings(
            f"{name} is set, but SECURITY_JWT_AUTH_ALGORITHM is {algorithm}, which takes a secret"
        )
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
        _ = parts.port
    except ValueError:
        raise InvalidSettings(f"{name} is no URL") from None
    if not host or parts.username is not None:
        raise InvalidSettings(f"{name} is no URL of a host, without a user's name")
    if parts.scheme != "https" and not (parts.scheme == "http" and _loopback(host)):
        raise InvalidSettings(f"{name} must be https: who can change its answer can make tokens")


def _loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
