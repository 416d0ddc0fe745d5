"""JSON logs on stdout, one object a line.

A message is a constant text; what varies goes into `extra`, so that lines can be counted and
searched by field. Nothing here ever receives a token, a body or personal data: callers log
reasons, codes, partitions and offsets.
"""

import json
import logging
import sys
import time
from collections.abc import Callable
from contextvars import ContextVar
from datetime import UTC, datetime

import orjson

request_id: ContextVar[str | None] = ContextVar("request_id", default=None)
"""The id of the HTTP request being answered in this task, put on each of its log lines."""

_OWN_FIELDS = frozenset(vars(logging.makeLogRecord({}))) | {
    *("message", "asctime", "taskName"),
    "color_message",  # uvicorn's, the message again for a terminal
}


class JsonLines(logging.Formatter):
    """One JSON object per record: time (UTC), level, process, logger, message, and the extras."""

    def __init__(self, process: str) -> None:
        super().__init__()
        self._process = process

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, object] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "process": self._process,
            "logger": record.name,
            "message": record.getMessage(),
        }
        current = request_id.get()
        if current is not None:
            line["request_id"] = current
        line |= {name: value for name, value in vars(record).items() if name not in _OWN_FIELDS}
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        try:
            return orjson.dumps(line, default=str).decode()
        except TypeError:
            # Half of a surrogate pair, a number beyond 64 bits: escaped rather than lost.
            return json.dumps(line, default=str)


class Seldom(logging.Filter):
    """Lets a line of a chatty library pass once in `every_s` seconds, and counts the rest.

    aiokafka reports each try to reach a broker: without this an outage is 75 lines a second. None
    is above WARNING: it tries again, and what ends a process of ours is raised, and ours to log.
    """

    def __init__(
        self, prefix: str, every_s: float, now: Callable[[], float] = time.monotonic
    ) -> None:
        super().__init__()
        self._prefix = prefix
        self._every_s = every_s
        self._now = now
        self._passed: dict[object, float] = {}
        self._withheld: dict[object, int] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        if not record.name.startswith(self._prefix):
            return True
        kind = (record.name, record.msg)
        if self._now() - self._passed.get(kind, -self._every_s) < self._every_s:
            self._withheld[kind] = self._withheld.get(kind, 0) + 1
            return False
        self._passed[kind] = self._now()
        withheld = self._withheld.pop(kind, 0)
        if withheld:
            record.withheld_before = withheld
        if record.levelno > logging.WARNING:
            record.levelno, record.levelname = logging.WARNING, "WARNING"
        return True


class Plain(logging.Formatter):
    """For a person at a terminal: the message, then the extras."""

    def format(self, record: logging.LogRecord) -> str:
        extras = (f"{n}={v}" for n, v in vars(record).items() if n not in _OWN_FIELDS)
        return "  ".join([record.getMessage(), *extras])


def configure_for_a_person() -> None:
    """What a command has to say besides its result goes to stderr."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(Plain())
    logging.basicConfig(level=logging.WARNING, handlers=[handler], force=True)
    # A command tells of Kafka's absence by itself.
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)


def configure(process: str, level: str = "INFO") -> None:
    """Send all logging of this process to stdout as JSON lines; called once, by its `__main__`."""
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(JsonLines(process))
    handler.addFilter(Seldom("aiokafka", every_s=10))
    logging.basicConfig(level=level.upper(), handlers=[handler], force=True)
    # These two narrate each connection and each request at INFO.
    for talkative in ("httpx", "aiokafka"):
        logging.getLogger(talkative).setLevel(max(logging.WARNING, logging.root.level))
