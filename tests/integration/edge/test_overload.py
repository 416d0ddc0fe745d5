"""More requests than are let in, against the real system: the rest is told to come back, and what
was accepted is stored."""

from pathlib import Path
from uuid import UUID

import httpx

from embedded import token
from tests.analyst import Analyst
from tests.players import Ledger, Players, at_work
from tests.stack import private_stack
from tests.waiting import until

LIMIT, CLIENTS = 4, 40


async def test_what_is_accepted_in_a_crowd_is_stored_and_the_crowd_leaves_nothing_behind(
    tmp_path: Path,
) -> None:
    limits = {"UGC_RATE_PER_USER": "0", "UGC_MAX_REQUESTS_IN_FLIGHT": str(LIMIT)}
    async with private_stack(tmp_path, **limits) as stack:
        settings, ledger = stack.settings, Ledger()

        def token_of(user: UUID) -> str:
            return token.mint(settings, user)

        await stack.start()
        crowd = Players(settings.api_url, token_of, ledger, CLIENTS, per_second=100_000)
        async with at_work(crowd.play):
            await until(
                lambda: ledger.answers.get(503, 0) > 100 and len(ledger.accepted) > 300, within=60
            )
        assert ledger.answers.keys() == {202, 503}
        few = Ledger()
        async with at_work(Players(settings.api_url, token_of, few, LIMIT, seed=2).play):
            await until(lambda: len(few.accepted) > 50, within=30)
        assert few.answers == {202: len(few.accepted)}
        assert await in_progress(settings.api_metrics_port(0)) == 0
        ledger.accepted |= few.accepted
        await Analyst(settings).assert_agrees(ledger)


async def in_progress(port: int) -> float:
    async with httpx.AsyncClient() as http:
        text = (await http.get(f"http://127.0.0.1:{port}/metrics")).text
    name = "ugc_http_requests_in_progress "
    return float(next(line for line in text.splitlines() if line.startswith(name)).split()[1])
