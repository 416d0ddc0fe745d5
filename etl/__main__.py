"""`python -m etl run|topics|migrate|status|...`: settings, then one of `etl.commands`."""

import argparse
import os
import sys
from types import ModuleType

import httpx
import uvloop
from aiokafka.errors import KafkaError

from configuration import InvalidSettings, load
from etl.commands import fail, migrate, rebuild, rewind, run, status, topics
from etl.exits import MissingTopic, WarehouseError
from etl.settings import Settings
from telemetry import logs

COMMANDS: dict[str, ModuleType] = {
    "run": run,
    "topics": topics,
    "migrate": migrate,
    "status": status,
    "rewind": rewind,
    "rebuild": rebuild,
}


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m etl")
    parsers = parser.add_subparsers(dest="command", required=True)
    for name, module in COMMANDS.items():
        summary = (module.__doc__ or "").partition("\n")[0]
        one = parsers.add_parser(name, help=summary, description=module.__doc__)
        one.add_argument("--check", action="store_true", help="validate the settings and exit")
        if hasattr(module, "arguments"):
            module.arguments(one)
    arguments = parser.parse_args()
    try:
        settings = load(Settings, os.environ)
    except InvalidSettings as error:
        return fail(f"settings: {error}")
    if arguments.check:
        return 0
    logs.configure_for_a_person()  # the worker configures its own
    try:
        code: int = uvloop.run(COMMANDS[arguments.command].command(settings, arguments))
    except KeyboardInterrupt:
        return fail("interrupted")
    except MissingTopic as error:
        return fail(str(error))
    except KafkaError as error:
        return fail(f"Kafka at {settings.brokers}: {error!r}")
    except (WarehouseError, httpx.TransportError) as error:
        return fail(f"ClickHouse: {error}")
    return code


if __name__ == "__main__":
    sys.exit(main())
