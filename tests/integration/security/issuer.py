"""An API that takes an issuer's tokens, beside the shared one: same topic, same tables."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from msgspec.structs import replace

from embedded import children
from embedded.ports import free_block
from embedded.settings import Settings
from tests.integration.front_door.doors import door
from tests.stack import RunningStack
from tests.unit.ugc_api.bearer import PrivateKey, key_of, pem_of


@dataclass(frozen=True)
class Issuer:
    """`doors`: nginx, then the API behind it."""

    settings: Settings
    algorithm: str
    doors: tuple[str, str]

    @property
    def key(self) -> PrivateKey:
        return key_of(self.algorithm)

    @property
    def pem(self) -> str:
        """Public: everybody has it."""
        return pem_of(self.key)


@asynccontextmanager
async def issuers_api(stack: RunningStack, algorithm: str, folder: Path) -> AsyncIterator[Issuer]:
    with free_block(2) as ports:
        environ = {
            **stack.settings.environ,
            "SECURITY_JWT_AUTH_ALGORITHM": algorithm,
            "SECURITY_JWT_AUTH_PUBLIC_KEY": pem_of(key_of(algorithm)),
        }
        settings = replace(
            stack.settings, http_port=ports[0], metrics_port=ports[1], environ=environ
        )
        api = children.api(settings)
        try:
            await api.start()
            await api.ready(within=20)
            async with door(folder, ports[0]) as front:
                yield Issuer(
                    settings, algorithm, (str(front.client.base_url).rstrip("/"), settings.api_url)
                )
        finally:
            await api.kill()
