"""The ClickHouse engine in this process: one folder, many connections, a bounded pool of threads.

Each query has a connection of its own, so nothing it sets outlives it. The engine is never called
on the event loop's thread: Python's signal handlers would not run. A query that nobody waits for
any more is killed; one that ignores that is left to its thread, and its connection closes after it.
"""

import asyncio
import logging
import os
import time
import uuid
from collections.abc import Callable, Collection, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

from .errors import ServerError

THREADS = 16
"""Queries that run at the same time; the engine itself takes more threads for each."""
MAX_CONNECTIONS = 64
"""Requests that hold a connection at the same time; an insert holds one while its sender sends."""
PURGE_ABOVE_BYTES = 32 << 20
"""The allocator keeps about four times a large result for itself until told to let go."""
_KILL_EVERY_S = 0.2
_KILL_FOR_S = 3.0

_CONFIG = """\
<clickhouse>
    <default_database>file_system</default_database>
    <storage_configuration>
        <disks><backups><type>local</type><path>{backups}</path></backups></disks>
    </storage_configuration>
    <backups><allowed_disk>backups</allowed_disk></backups>
</clickhouse>
"""

log = logging.getLogger(__name__)


class EngineUnavailable(Exception):
    """The folder cannot be opened: another process has it, or it is not writable."""


@dataclass(frozen=True)
class Result:
    """A statement's whole result in its output format, and what the engine counted."""

    body: bytes
    read_rows: int
    read_bytes: int
    written_rows: int
    written_bytes: int
    result_rows: int
    elapsed_ns: int


class Engine:
    """Owns the folder at `path` from `open` to `close`."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="query")
        # Its own thread and connection, so that killing works when every other thread is busy.
        self._housekeeper = ThreadPoolExecutor(1, thread_name_prefix="housekeeper")
        self._places = asyncio.Semaphore(MAX_CONNECTIONS)
        self._running: set[Future[Any]] = set()
        self._connect: Callable[[str], Any]
        self._own: Any = None

    def open(self) -> None:
        """Blocks until the folder is open; raises EngineUnavailable."""
        self._housekeeper.submit(self._open).result()

    def _open(self) -> None:
        # Both must stand before the library is loaded: it reads TZ once, and a crash inside the
        # engine would hang the process in the library's own handlers.
        os.environ["TZ"] = "UTC"
        time.tzset()
        from chdb import _chdb

        library: Any = _chdb
        library.set_signal_handlers_enabled(0)
        self._connect = library.connect
        try:
            config = _prepare_folder(self._path)
            self._own = library.connect(f"{self._path}?config-file={config}")
            self._own.query("DROP DATABASE IF EXISTS file_system", "TabSeparated")
        except (RuntimeError, OSError) as error:
            raise EngineUnavailable(
                f"another process has {self._path} open, or it cannot be written: {error}"
            ) from error

    def names(self, query: str) -> frozenset[str]:
        """The first column of a result, in lower case. Blocks: for the start only."""
        done = self._housekeeper.submit(self._own.query, query, "TabSeparated").result()
        return frozenset(done.bytes().decode().lower().split("\n")) - {""}

    async def connect(self) -> "Connection":
        """A new connection, once there is a place for it."""
        await self._places.acquire()
        call = self.start(self._connect, f"{self._path}?implicit_select=0")
        try:
            return Connection(self, await call.result())
        except BaseException:
            self._places.release()
            if not call.withdraw():
                call.work.add_done_callback(_close_unwanted)
            raise

    def start(self, function: Callable[..., Any], *arguments: Any) -> "Call":
        """Begin a call of the engine in a thread of the pool."""
        call = Call(self._threads.submit(function, *arguments))
        self._running.add(call.work)
        call.work.add_done_callback(self._running.discard)
        return call

    def release(self, raw: Any) -> None:
        """Close a connection once the engine lets go of it; nobody waits for that."""
        self._places.release()
        self._threads.submit(raw.close)

    async def kill(self, which: str, calls: Collection[Future[Any]]) -> None:
        """Kill the queries that the condition `which` finds until these calls end, or for some
        seconds. More than once, because a call may not have reached the engine yet."""
        deadline = time.monotonic() + _KILL_FOR_S
        while time.monotonic() < deadline and not all(call.done() for call in calls):
            await self._housekeeping(f"KILL QUERY WHERE {which} ASYNC")
            await asyncio.wait([asyncio.wrap_future(call) for call in calls], timeout=_KILL_EVERY_S)

    def purge(self) -> None:
        """Give the memory of a large result back to the system; nobody waits for that."""
        self._housekeeper.submit(self._own.query, "SYSTEM JEMALLOC PURGE", "TabSeparated")

    async def _housekeeping(self, statement: str) -> None:
        loop = asyncio.get_running_loop()
        await loop.run_in_executor(self._housekeeper, self._own.query, statement, "TabSeparated")

    async def close(self) -> None:
        """Kill what still runs, wait a bounded time for it, close the folder."""
        await self.kill("Settings['log_comment'] != ''", list(self._running))
        if self._running:
            log.warning("queries did not stop", extra={"queries": len(self._running)})
            return
        await asyncio.get_running_loop().run_in_executor(self._housekeeper, self._own.close)


@dataclass(frozen=True)
class Call:
    """A call of the engine in a thread. It goes on when its waiter is cancelled."""

    work: Future[Any]

    async def result(self) -> Any:
        """Raises ServerError for what the engine raises."""
        waiting = asyncio.wrap_future(self.work)
        waiting.add_done_callback(lambda done: done.cancelled() or done.exception())
        try:
            return await asyncio.shield(waiting)
        except RuntimeError as error:
            raise ServerError.from_engine(str(error)) from error

    def withdraw(self) -> bool:
        """Whether it had not begun, and now never will."""
        return self.work.cancel()


class Connection:
    """One connection of the engine, for one query at a time."""

    def __init__(self, engine: Engine, raw: Any) -> None:
        self._engine = engine
        self._raw = raw
        self._mark = f"embedded-{uuid.uuid4()}"

    async def set(self, settings: dict[str, str]) -> None:
        """Raises ServerError, 115 for a setting the engine does not know."""
        changes = ", ".join(f"{name} = {_quoted(value)}" for name, value in settings.items())
        await self._command(f"SET log_comment = '{self._mark}', {changes}")

    async def unset(self, names: Iterable[str]) -> None:
        """Give settings their defaults back."""
        changes = ", ".join(f"{name} = DEFAULT" for name in names)
        await self._command(f"SET {changes}")

    async def use(self, database: str) -> None:
        quoted = database.replace("\\", "\\\\").replace("`", "\\`")
        await self._command(f"USE `{quoted}`")

    async def classify(self, statement: str) -> tuple[str, int]:
        """The class the engine's parser puts it in (`READ_ONLY`, ...) and how many it sees: 0
        when it cannot read the text, which running it then explains."""
        found = await self._call(self._raw.classify_query, _bytes(statement))
        return found["query_class"].name, found["statement_count"]

    async def run(self, statement: str, output_format: str) -> Result:
        done = await self._call(self._raw.query, _bytes(statement), output_format)
        result = Result(
            body=done.bytes(),
            read_rows=done.storage_rows_read(),
            read_bytes=done.storage_bytes_read(),
            written_rows=done.rows_written(),
            written_bytes=done.bytes_written(),
            result_rows=done.rows_read(),
            elapsed_ns=int(done.elapsed() * 1e9),
        )
        if len(result.body) > PURGE_ABOVE_BYTES:
            del done
            self._engine.purge()
        return result

    async def insert(self, statement: str) -> Result:
        """One that reads its rows from a file; stored when this returns."""
        done = await self._call(self._raw.query, _bytes(statement), "Null")
        rows, size = done.rows_written(), done.bytes_written()
        return Result(b"", rows, size, rows, size, 0, int(done.elapsed() * 1e9))

    def close(self) -> None:
        """Nobody waits for it."""
        self._engine.release(self._raw)

    async def _command(self, statement: str) -> None:
        await self._call(self._raw.query, _bytes(statement), "Null")

    async def _call(self, function: Callable[..., Any], *arguments: Any) -> Any:
        call = self._engine.start(function, *arguments)
        try:
            return await call.result()
        except asyncio.CancelledError:
            if not call.withdraw():
                await self._engine.kill(f"Settings['log_comment'] = '{self._mark}'", [call.work])
            raise


def _close_unwanted(opened: Future[Any]) -> None:
    if not opened.cancelled() and opened.exception() is None:
        opened.result().close()


def _prepare_folder(path: Path) -> Path:
    """Make the folder one whose `default` is a plain database; its configuration file.

    The library makes its first database an overlay of a real one and the machine's file system
    (`SELECT * FROM '/etc/passwd'`), and takes the identity of metadata/default for it. So that
    overlay gets another name, to be dropped, and `default` is put in place before the start.
    """
    metadata = path / "metadata"
    metadata.mkdir(parents=True, exist_ok=True)
    default = metadata / "default.sql"
    if not default.exists():
        partial = metadata / "default.sql.tmp"
        partial.write_text(f"ATTACH DATABASE _ UUID '{uuid.uuid4()}'\nENGINE = Atomic\n")
        partial.replace(default)
    link = metadata / "default"
    if link.is_symlink():
        link.unlink()
    config = path / "embedded.xml"
    config.write_text(_CONFIG.format(backups=escape(f"{path / 'backups'}/")))
    return config


def _quoted(value: str) -> str:
    return "'" + value.replace("\\", "\\\\").replace("'", "\\'") + "'"


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")
