"""How many partitions a worker has, by its own word, and how long until that is so."""

import httpx
from prometheus_client.parser import text_string_to_metric_families

from embedded.settings import Settings
from tests.waiting import until


async def metric(settings: Settings, worker: int, name: str, **labels: str) -> float:
    """Sum over the samples with these labels; 0 if there are none, or nobody answers."""
    url = f"http://127.0.0.1:{settings.etl_metrics_port(worker)}/metrics"
    async with httpx.AsyncClient(timeout=2, trust_env=False) as http:
        try:
            text = (await http.get(url)).text
        except httpx.TransportError:
            return 0.0
    return sum(
        sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
        if sample.name == name and labels.items() <= sample.labels.items()
    )


async def share(settings: Settings, worker: int) -> int:
    """Partitions that worker `worker`, from 0, has."""
    return round(await metric(settings, worker, "ugc_etl_partitions"))


async def shared(settings: Settings, shares: dict[int, int], within: float = 60.0) -> float:
    """Seconds until the workers have so many partitions each. Raises AssertionError."""

    async def so() -> bool:
        return all([await share(settings, n) == wanted for n, wanted in shares.items()])

    return await until(so, within=within, every=0.1)
