"""What the benchmark holds the product against does the same work, on a real stack."""

import uuid
from itertools import chain
from pathlib import Path
from typing import Any

import httpx
from bench.consumers import ITS, Consumers, caught_up
from bench.edge import CONNECTIONS, FEW, Load
from bench.plain_ways import plain
from bench.players import batches, singles
from bench.sightings import play_and_look, waits_ms
from bench.tables import DAYS, FILMS, REPORTS, TURNS, Tables

from embedded import token
from embedded.ports import free_block
from embedded.settings import HOST, Settings
from embedded.stack import Stack, start_and_wait
from tests.analyst import Analyst
from tests.integration.pipeline.topic import read_all
from tests.stack import RunningStack, private_stack
from tests.waiting import until

ROWS = DAYS * REPORTS


async def test_the_plain_ways_do_what_the_product_does(tmp_path: Path) -> None:
    async with private_stack(tmp_path) as stack:
        await stack.start()
        with free_block() as ports:
            await _reads_are_the_same(stack, ports[0])
            await _rows_are_stored(stack, "consumer", ports[1])
            await _rows_are_stored(stack, "lean", ports[3])
            await _events_are_taken(stack, ports[2])
        await stack.stop()


async def _reads_are_the_same(stack: Stack, port: int) -> None:
    settings, tables = stack.settings, Tables(stack.settings)
    made = await tables.grow(ROWS)
    assert (made["rows"], made["viewers"], made["films"]) == (ROWS, TURNS, FILMS)
    reader = plain("reader", settings, port)
    await start_and_wait(reader)
    ours, its = settings.api_url, f"http://{HOST}:{port}"
    viewers = token.mint(settings, roles=["service", "analyst"])
    async with httpx.AsyncClient(headers={"Authorization": f"Bearer {viewers}"}) as http:

        async def get(base: str, address: str) -> Any:
            answer = await http.get(f"{base}{address}")
            assert answer.status_code == httpx.codes.OK, answer.text
            return answer.json()

        pairs = await tables.watched(3)
        assert len(pairs) == 3
        for viewer, film in pairs:
            address = f"/api/v1/progresses/films/{film}?user_id={viewer}"
            known = {one.pop("which"): one for one in await get(its, address)}
            found = await get(ours, address)
            for which in ("latest", "furthest"):
                for field in ("progress", "total", "event_id"):
                    assert known[which][field] == found[which][field]
            address = f"/api/v1/progresses?user_id={viewer}"
            films = [one["film_id"] for one in await get(its, address)]
            assert films == [one["film_id"] for one in (await get(ours, address))["items"]]
            assert len(films) > 1
        address = "/api/v1/films/top?days=7"
        assert await get(its, address) == (await get(ours, address))["items"] != []
    await reader.stop()


async def _rows_are_stored(stack: Stack, name: str, port: int) -> None:
    settings, events, topic = stack.settings, 3000, f"{name}-views"
    consumer = plain(name, settings, port, topic, ready="/metrics")
    consumers = Consumers([(consumer, port)], ITS, topic)
    await consumers.start()
    before = await _stored(settings)
    await consumers.stand_still_while_filling(settings.kafka_bootstrap, events)
    async with httpx.AsyncClient() as http:

        async def stored() -> bool:
            return await consumers.rows(http) == events

        await until(stored, within=30)
    assert await _stored(settings) == before + events
    records = await read_all(settings.kafka_bootstrap, topic)
    assert all(len(dict(one.headers)["request_id"]) == 32 for one in records)
    viewers = {(one.key, one.partition) for one in records}
    assert len(viewers) == len({key for key, _ in viewers})
    await consumers.stop()


async def _stored(settings: Settings) -> int:
    return int(await Analyst(settings).value("SELECT count() FROM movies.views FINAL"))


async def _events_are_taken(stack: Stack, port: int) -> None:
    api = plain("api", stack.settings, port)
    await start_and_wait(api)
    tokens = [token.mint(stack.settings) for _ in range(CONNECTIONS)]  # of one length all of them
    for one, same in (
        (Load(100), singles(tokens, 100)),
        (Load(1200, FEW, array=True), batches(tokens, 200, FEW, array=True)),
    ):
        answers = await one.play(stack.settings, port)  # raises unless all are accepted
        assert answers["sent_bytes"] == sum(map(len, same))
    await api.stop()
    assert len(await read_all(stack.settings.kafka_bootstrap, "plain")) == 1300


async def test_each_sampled_event_is_seen_after_its_answer(running_stack: RunningStack) -> None:
    settings, sampled = running_stack.settings, [uuid.uuid4() for _ in range(12)]
    told, sightings = await play_and_look(settings, sampled, rate=240, seconds=2)
    assert told["statuses"] == {"202": 480}
    assert (told["late"], len(told["took_ms"])) == (0, 480)
    assert 1.9 < told["took_s"] < 12
    assert [len(shown) for shown in told["shown"]] == [2] * 12
    assert (sightings[0][1], sightings[-1][1]) == ([0] * 12, [2] * 12)
    seen = waits_ms(told["shown"], sightings)
    assert [moment for moment, _ in seen] == sorted(chain(*told["shown"]))
    await caught_up(settings)
