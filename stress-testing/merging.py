"""When ClickHouse has merged whatever it will merge for now."""

from collections.abc import Awaitable, Callable

from tests.waiting import until

WITHIN_S, QUIET_S = 600.0, 0.5
MERGES = """
SELECT
    (SELECT count() FROM system.merges),
    (SELECT sum(value) FROM system.events WHERE event = 'Merge')
"""
"""Under way, and begun so far."""


async def merged(ask: Callable[[str], Awaitable[str]]) -> None:
    """Until for half a second no merge was under way or began. `ask` answers with the result as
    TabSeparated. A look costs the engine some 5 ms of CPU."""
    seen = [""]

    async def quiet() -> bool:
        seen.append(await ask(MERGES))
        return seen[-1].startswith("0\t") and seen[-1] == seen[-2]

    await until(quiet, within=WITHIN_S, every=QUIET_S)
