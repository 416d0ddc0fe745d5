"""`python -m etl run|topics|migrate|status|...`: settings, then one of `etl.commands`."""

import argparse
import os
import sys
from types import ModuleType

import httpx
import uvloop
from aiokafka.errors import KafkaError

from client_gaps import mend_records, name_broken_connections, tell_why_away
from configuration import InvalidSettings, load
from etl.commands import (
    FAILED,
    audit,
    backup,
    dead_letters,
    fail,
    migrate,
    rebuild,
    restore,
    rewind,
    run,
    status,
    topics,
)
from etl.exits import MissingTopic, WarehouseError, explain
from etl.settings import Settings
from telemetry import logs

COMMANDS: dict[str, ModuleType] = {
    "run": run,
    "topics": topics,
    "migrate": migrate,
    "status": status,
    "dead-letters": dead_letters,
    "audit": audit,
    "rewind": rewind,
    "rebuild": rebuild,
    "backup": backup,
    "restore": restore,
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
    mend_records()
    name_broken_connections()
    tell_why_away()
    try:
        code: int = uvloop.run(COMMANDS[arguments.command].command(settings, arguments))
        sys.stdout.flush()
    except KeyboardInterrupt:
        return fail("interrupted")
    except BrokenPipeError:  # nobody reads any more; what is still buffered goes nowhere
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return FAILED
    except MissingTopic as error:
        return fail(str(error))
    except KafkaError as error:
        return fail(f"Kafka at {settings.brokers}: {explain(error)}")
    except (WarehouseError, httpx.TransportError) as error:
        return fail(f"ClickHouse: {str(error) or type(error).__name__}")
    return code


if __name__ == "__main__":
    sys.exit(main())
