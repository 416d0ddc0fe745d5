"""JSON logs on stdout, one object a line.

A message is a constant text; what varies goes into `extra`, so that lines can be counted and
searched by field. Nothing here ever receives a token, a body or personal data: callers log
reasons, codes, partitions and offsets.
"""

import json
import logging
import sys
from contextvars import ContextVar
from datetime import UTC, datetime

import orjson

request_id: ContextVar[str | None] = ContextVar("request_id", default=None)
"""The id of the HTTP request being answered in this task, put on each of its log lines."""

_OWN_FIELDS = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}


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


def configure(process: str, level: str = "INFO") -> None:
    """Send all logging of this process to stdout as JSON lines; called once, by its `__main__`."""
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(JsonLines(process))
    logging.basicConfig(level=level.upper(), handlers=[handler], force=True)
    # These two narrate each connection and each request at INFO.
    for talkative in ("httpx", "aiokafka"):
        logging.getLogger(talkative).setLevel(max(logging.WARNING, logging.root.level))
