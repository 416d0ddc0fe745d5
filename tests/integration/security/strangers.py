"""What a stranger is told: the same, to the byte, whatever is wrong with the token."""

import re
from collections.abc import Mapping

import httpx

from embedded.settings import HOST, Settings
from ugc_api.problems import unauthorized

REPORT = "/api/v1/progresses/films/0b5f7c6e-2a51-4c39-9a39-5e1d4c7a9d10"
LIST = "/api/v1/progresses"
_VARYING = {"date", "x-request-id"}


async def assert_strangers(
    settings: Settings, http: httpx.AsyncClient, door: str, tokens: Mapping[str, str], reason: str
) -> None:
    """Each of `tokens`, by its name, for a report and for a reading; the metric knows why."""
    before = await failures(http, settings)
    usual = [told(answer) for answer in await answers(http, door, {})]
    for name, token in tokens.items():
        headers = {b"Authorization": b"Bearer " + token.encode()}
        for answer, as_always in zip(await answers(http, door, headers), usual, strict=True):
            assert_unauthorized(answer, name)
            assert told(answer) == as_always, name
    rising = {why: n - before.get(why, 0) for why, n in (await failures(http, settings)).items()}
    assert {why: n for why, n in rising.items() if n} == {reason: 2 * len(tokens), "missing": 2}


def assert_unauthorized(answer: httpx.Response, name: str = "") -> None:
    assert (answer.status_code, answer.content) == (401, unauthorized("").body()), name
    assert answer.headers.get_list("www-authenticate") == ["Bearer"], name


async def answers(
    http: httpx.AsyncClient, door: str, headers: Mapping[bytes, bytes]
) -> tuple[httpx.Response, httpx.Response]:
    """To a report and to a reading."""
    reported = await http.post(door + REPORT, json={"progress": 1, "total": 2}, headers=headers)
    return reported, await http.get(door + LIST, headers=headers)


def told(answer: httpx.Response) -> list[tuple[str, str]]:
    return [(name, v) for name, v in answer.headers.multi_items() if name not in _VARYING]


async def failures(http: httpx.AsyncClient, settings: Settings) -> dict[str, float]:
    """How many tokens were refused, by reason."""
    text = (await http.get(f"http://{HOST}:{settings.api_metrics_port(0)}/metrics")).text
    counted = re.findall(r'^ugc_auth_failures_total\{reason="(\w+)"\} (\S+)$', text, re.MULTILINE)
    return {reason: float(value) for reason, value in counted}
