"""Where reports go in: nginx if it answers, else the API itself."""

import uuid

import httpx

from embedded import token
from embedded.settings import Settings
from simulator.errors import CannotPlay

ADDRESS = "/api/v1/progresses"


async def front_door(settings: Settings) -> str:
    """A URL whose API takes our tokens. Raises CannotPlay, or CannotStart without a secret."""
    tried = list(dict.fromkeys([settings.front_url, settings.api_url]))
    async with httpx.AsyncClient(timeout=5) as http:
        for url in tried:
            if await _answer(http, url, {}) == httpx.codes.UNAUTHORIZED:
                bearer = {"Authorization": f"Bearer {token.mint(settings, uuid.uuid4())}"}
                if await _answer(http, url, bearer) == httpx.codes.UNAUTHORIZED:
                    raise CannotPlay(
                        f"{url} refuses a token made with the secret in {settings.data_dir}: "
                        "is it the stack of these settings?"
                    )
                return url
    raise CannotPlay(f"nothing answers at {' or '.join(tried)}: run `make run` first")


async def _answer(http: httpx.AsyncClient, url: str, headers: dict[str, str]) -> int:
    """The status for an empty batch; 0 = none."""
    try:
        answer = await http.post(
            url + ADDRESS, headers={**headers, "Content-Type": "application/x-ndjson"}
        )
    except httpx.TransportError:
        return 0
    return answer.status_code
