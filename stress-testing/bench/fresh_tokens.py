"""What the API spends on a token that it has not seen: the product's own verifier, in this process.

Every other figure is of few tokens, each verified once and then known. In a large audience the
first request of each viewer costs this much more, and so does one every five minutes.
"""

import time
from collections.abc import Sequence

from bench.figures import Findings
from bench.measuring import say

from embedded import token
from embedded.credentials import Credentials
from embedded.settings import Settings
from ugc_api.access.configured import ConfiguredKey
from ugc_api.access.tokens import Tokens, Viewer
from ugc_api.settings import Settings as ApiSettings

TOKENS = 2000


async def bench_tokens(settings: Settings, findings: Findings, rounds: int) -> None:
    secret = Credentials.load_or_make(settings.data_dir).jwt_secret
    api = ApiSettings(jwt_secret=secret)
    say(f"tokens: {rounds} times {TOKENS} that are new to the API")
    for _ in range(rounds):
        headers = [f"Bearer {token.mint(settings)}".encode() for _ in range(TOKENS)]
        findings.look_at_the_machine()
        started = time.process_time()
        verify(api, headers)
        us = (time.process_time() - started) * 1e6
        findings.note("token/api", "us", us / TOKENS)


def verify(settings: ApiSettings, headers: Sequence[bytes]) -> list[Viewer]:
    """As an API does that has just started. Raises InvalidToken."""
    tokens = Tokens(settings, ConfiguredKey(settings))
    return [tokens.viewer(one) for one in headers]
