"""One kill of the API, of ClickHouse, of the broker: brought about, proven, and recovered from."""

from typing import Literal

from tests.chaos.group import group
from tests.chaos.proxy.messages import PRODUCE
from tests.chaos.proxy.proxy import Proxy
from tests.chaos.shares import metric
from tests.chaos.trial import Trial
from tests.chaos.windows import Windows
from tests.waiting import until

Moment = Literal["during insert", "rows stored, not answered", "whatever it does"]


async def kill_api(t: Trial, kafka: Proxy | None = None) -> None:
    """While it has a request at least; with a proxy before Kafka, when an event is in the topic and
    neither the API nor its client was told."""
    (api,), ledger = t.stack.api, t.ledger
    await t.flows(t.rng.randint(10, 60))
    held = None
    if kafka is None:
        await until(lambda: ledger.in_flight > 0, every=0.001)
    else:
        held = kafka.gate(lambda m: m.answers_to(PRODUCE))
        await held.holds()
    in_flight, cut_off = ledger.in_flight, ledger.cut_off
    window = "in Kafka, not answered" if held else ""
    await t.kill(api, window=window, proof=f"{in_flight} requests in flight")
    if held is not None:
        held.drop()
        await until(lambda: ledger.cut_off > cut_off)
    t.proven(f"{ledger.cut_off - cut_off} cut off")
    await t.revive(api)
    await t.flows(20)


async def kill_clickhouse(windows: Windows, moment: Moment) -> None:
    t = windows.trial
    (clickhouse,) = t.stack.clickhouse
    if moment == "whatever it does":
        await t.flows(t.rng.randint(10, 60))
        tried = await metric(t.settings, 0, "ugc_etl_retries_total", stage="insert")
        await t.kill(clickhouse)

        async def failed() -> bool:
            return await metric(t.settings, 0, "ugc_etl_retries_total", stage="insert") > tried

        await until(failed, within=20, every=0.1)
        t.proven("inserts fail")
    else:
        unanswered = moment != "during insert"
        proof = await windows.reach(
            "between insert and commit" if unanswered else "during insert", unanswered
        )
        await t.kill(clickhouse, window=moment, proof=proof)
        windows.let_go()
    await t.revive(clickhouse)
    await windows.group.goes_on()


async def kill_broker(t: Trial) -> None:
    """Until it is back nobody is told that an event is in Kafka."""
    (broker,), answers = t.stack.kafka, t.ledger.answers
    await t.flows(t.rng.randint(20, 100))
    before = answers.get(503, 0)
    await t.kill(broker, "broker")
    await until(lambda: answers.get(503, 0) > before, within=20)
    t.proven(f"{answers[503] - before} answers of 503")
    await t.revive(broker)
    await t.flows(20)
    async with group(t.settings) as views:
        await views.goes_on()
