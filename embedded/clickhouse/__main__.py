"""`python -m embedded.clickhouse`: the process, from its settings to its end.

It leads its own session: the engine can signal the whole group. SIGTERM and SIGINT stop it within
a few seconds, whatever runs: queries get one second to end and are then killed, unfinished inserts
store nothing. It also survives `kill -9`: what was answered is there after the next start.
"""

import logging
import os
import signal
import sys
from contextlib import suppress

import uvicorn

from configuration import InvalidSettings, load
from telemetry import exposition, logs

from . import metrics
from .engine import Engine, EngineUnavailable
from .http import Front
from .refusals import Screen
from .settings import Settings
from .users import Users

GRACE_S = 1
"""What a running request gets after a stop was asked for."""

log = logging.getLogger("embedded.clickhouse")


def main() -> int:
    logs.configure("clickhouse")
    logging.getLogger("uvicorn").setLevel(logging.ERROR)
    with suppress(PermissionError):  # raised when it leads its group already
        os.setsid()
    # uvicorn raises the signal again when it has stopped; it must not make an ordinary stop look
    # like a death. Before and after it runs, the process just ends.
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: sys.exit(0))
    try:
        settings = load(Settings, os.environ)
        users = Users(settings.passwords)
        engine = Engine(settings.path)
        engine.open()
    except (InvalidSettings, EngineUnavailable) as error:
        log.error("cannot start", extra={"reason": str(error)})
        return 1
    try:
        serve(settings, users, engine)
    except OSError as error:
        log.error("cannot start", extra={"reason": str(error)})
        return 1
    except SystemExit as stop:
        return int(stop.code or 0)
    return 0


def serve(settings: Settings, users: Users, engine: Engine) -> None:
    """Until a signal asks to stop."""
    screen = Screen(
        table_functions=engine.names("SELECT name FROM system.table_functions"),
        engines=engine.names(
            "SELECT name FROM system.table_engines "
            "UNION ALL SELECT name FROM system.database_engines"
        ),
    )
    exposition.serve(settings.host, settings.metrics_port, metrics.declarations.registry)
    log.info(
        "embedded ClickHouse, for development and tests only",
        extra={"url": f"http://{settings.host}:{settings.port}", "path": str(settings.path)},
    )
    uvicorn.run(
        Front(engine, users, screen, only_here=settings.on_loopback),
        host=settings.host,
        port=settings.port,
        loop="uvloop",
        http="httptools",
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=GRACE_S,
    )


if __name__ == "__main__":
    code = main()
    logging.shutdown()
    sys.stdout.flush()
    # Not sys.exit: it would wait for threads whose query ignores being killed.
    os._exit(code)
