"""An address that is none does not end the attempts, nor keep it from closing."""

import logging

import pytest

from configuration.kafka import Brokers
from tests.waiting import until
from ugc_api.metrics import Metrics
from ugc_api.publishing.producers import Producers


@pytest.mark.parametrize("brokers", ["127.0.0.1:kafka", "127.0.0.1:99999"])
async def test_it_says_so_and_goes_on_trying(
    brokers: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING, "ugc_api.publishing.producers")
    async with Producers(Brokers(brokers), "views", 1.0, Metrics()) as producers:
        await until(lambda: "Kafka is away" in caplog.messages)
        assert producers._keeper is not None
        assert not producers._keeper.done()
        assert await producers.missing() == ["kafka"]
