"""`python -m etl ...` as an operator runs it, against a running stack."""

import sys

from embedded import children
from embedded.child import run
from embedded.settings import Settings


async def etl(settings: Settings, *arguments: str, **more: str) -> tuple[int, str]:
    """Exit code, and all it said; with the migrator's rights. `more` are variables."""
    environment = {**children.migrate(settings).recipe.environment, **more}
    names = [n for n in environment if n.startswith(("CH_", "KAFKA_", "UGC_")) or n == "PYTHONPATH"]
    given = [f"{name}={environment[name]}" for name in names]
    return await run("env", *given, sys.executable, "-m", "etl", *arguments)
