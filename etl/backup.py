"""The database as it is, on the disk `backups` of ClickHouse, and back from there.

A server goes on copying whatever becomes of whoever asked, and tells in `system.backups` how far
it is. A backup has each table as it was at some moment of the copying: what was inserted meanwhile
can be in a derived table and not in `views`, or the other way round. A rewind to before it began
makes all of them whole, see clickhouse/README.md.
"""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass

from etl.sql import Sql

_LOOK_EVERY_S = 0.5
_UNDER_WAY = ("CREATING_BACKUP", "RESTORING")
_DONE = ("BACKUP_CREATED", "RESTORED")


class CopyingFailed(Exception):
    """ClickHouse's own words: the name is taken, or unknown; a table is not empty."""


@dataclass(frozen=True)
class Copying:
    """How far it is. `size` is of all files, bytes; what was copied is told by a restore only."""

    id: str
    status: str
    started: str
    files: int
    size: int
    files_read: int
    error: str

    @property
    def done(self) -> bool:
        return self.status in _DONE


def backup_statement(name: str, cluster: str | None) -> str:
    return f"BACKUP DATABASE movies{_everywhere(cluster)} TO Disk('backups', '{name}') ASYNC"


def restore_statement(name: str, cluster: str | None) -> str:
    return f"RESTORE DATABASE movies{_everywhere(cluster)} FROM Disk('backups', '{name}') ASYNC"


async def copy(sql: Sql, statement: str, cluster: str | None) -> AsyncIterator[Copying]:
    """Run one of the two to its end, the last that is told. Raises CopyingFailed, WarehouseError
    and httpx.TransportError; after those it may still go on."""
    identity, *_ = (await sql.tell(statement)).split("\t")
    while True:
        now = await _copying(sql, identity, cluster)
        if now.done or now.status in _UNDER_WAY:
            yield now
        else:
            raise CopyingFailed(now.error.partition(", Stack trace")[0])
        if now.done:
            return
        await asyncio.sleep(_LOOK_EVERY_S)


async def _copying(sql: Sql, identity: str, cluster: str | None) -> Copying:
    # Only the server that was asked has the row; the one that is asked now may be another.
    table = f"clusterAllReplicas('{cluster}', system.backups)" if cluster else "system.backups"
    row = await sql.ask(
        "SELECT id, status, formatDateTime(start_time, '%FT%TZ', 'UTC'), num_files, total_size, "  # noqa: S608
        f"files_read, error FROM {table} WHERE id = {{id:String}}",
        param_id=identity,
        skip_unavailable_shards=1,
    )
    if not row:
        raise CopyingFailed(f"no server knows of {identity} any more: was one restarted?")
    identity, status, started, files, size, read, error = row.rstrip("\n").split("\t")
    return Copying(identity, status, started, int(files), int(size), int(read), error)


def _everywhere(cluster: str | None) -> str:
    return f" ON CLUSTER {cluster}" if cluster else ""
