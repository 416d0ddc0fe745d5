"""`python -m ugc_api`: settings -> telemetry -> build -> run. `--check` ends after the settings."""

import argparse
import logging
import os
import resource
import signal
import socket
import sys

import uvicorn

from client_gaps import name_broken_connections, tell_why_away
from configuration import InvalidSettings, load
from configuration.collector import spare_the_collector
from telemetry import exposition, logs
from ugc_api.app import create_app
from ugc_api.connection import Connection
from ugc_api.metrics import Metrics
from ugc_api.settings import Settings

log = logging.getLogger("ugc_api")

KEEP_ALIVE_S = 75
"""Longer than a proxy keeps idle connections to us (60 s), so that it never writes to a closed
one."""

DRAIN_MARGIN_S = 2
"""Requests may finish after SIGTERM for as long as they may wait for Kafka, and this."""


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m ugc_api")
    parser.add_argument("--check", action="store_true", help="validate the settings and exit")
    arguments = parser.parse_args()
    metrics = Metrics()
    try:
        settings = load(Settings, os.environ)
        app = create_app(settings, metrics)
    except InvalidSettings as error:
        sys.stderr.write(f"settings: {error}\n")
        return 1
    if arguments.check:
        return 0
    logs.configure("api", settings.log_level)
    try:
        listener = _listen(settings)
        exposition.serve(settings.host, settings.metrics_port, metrics.declarations.registry)
    except OSError as error:
        ports = [settings.port, settings.metrics_port]
        log.error("cannot listen", extra={"ports": ports, "detail": str(error)})
        return 1
    _allow_many_connections()
    server = uvicorn.Server(
        uvicorn.Config(
            app,
            loop="uvloop",
            http=Connection,
            ws="none",
            lifespan="on",
            log_config=None,
            access_log=False,
            proxy_headers=False,
            server_header=False,
            timeout_keep_alive=KEEP_ALIVE_S,
            timeout_graceful_shutdown=settings.producer_timeout_ms // 1000 + DRAIN_MARGIN_S,
        )
    )
    for number in (signal.SIGTERM, signal.SIGINT):
        # uvicorn drains on them and then raises them again; a drained end is a success.
        signal.signal(number, lambda *_: None)
    name_broken_connections()
    tell_why_away()
    spare_the_collector()
    log.info("serving", extra={"port": settings.port})
    server.run(sockets=[listener])
    return 0


def _allow_many_connections() -> None:
    """As many open files as may be had without asking; a shell's 1024 are few connections."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


def _listen(settings: Settings) -> socket.socket:
    """Several processes share the port when they are meant to, and only then."""
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    if settings.processes > 1:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    listener.bind((settings.host, settings.port))
    return listener


if __name__ == "__main__":
    sys.exit(main())
