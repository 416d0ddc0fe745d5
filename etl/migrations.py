"""Numbered SQL files, one text for the cluster and for a single node.

`$ON_CLUSTER`, `${REPLICATED}`, `$OVER_<table>`, `$INTO_<table>` and `$EVERY_<table>` are what
differs; everything else is the same letters in both. Files are rerunnable (`IF NOT EXISTS`, `OR
REPLACE`, inserts that fold), never edited once applied, and recorded with a checksum once every
host has them, because DDL has no transactions: a run that broke off is simply run again, and two
at once do no more than one.

Before each file inserts that are under way have ended: those that come later fill what the files
before it have made.
"""

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from string import Template

from etl.cluster import Cluster
from etl.older_inserts import older_inserts_done
from etl.sql import Sql

FOLDER = Path(__file__).parent.parent / "clickhouse" / "migrations"
_BOOKKEEPING = "0000_migrations"


class ChangedMigration(Exception):
    """An applied file no longer has the text that was applied: add a new file instead."""


@dataclass(frozen=True)
class Migration:
    name: str
    text: str

    @property
    def checksum(self) -> str:
        """Of the common text, so that a cluster and a single node record the same."""
        return hashlib.sha256(self.text.encode()).hexdigest()

    def statements(self, cluster: str | None) -> list[str]:
        """The SQL for the named cluster, or for one node when there is none."""
        sql = re.sub(r"^--.*$", "", self.text, flags=re.MULTILINE)
        rendered = Template(sql).substitute(_Substitutions(cluster))
        return [statement.strip() for statement in rendered.split(";") if statement.strip()]


class _Substitutions(dict[str, str]):
    def __init__(self, cluster: str | None) -> None:
        super().__init__()
        self.cluster = cluster

    def __missing__(self, key: str) -> str:
        if key == "ON_CLUSTER":
            return f"ON CLUSTER {self.cluster}" if self.cluster else ""
        if key == "REPLICATED":
            return "Replicated" if self.cluster else ""
        if key.startswith("PATH_OF_"):
            # Without {shard} in the path all nodes hold the same rows.
            path = f"/clickhouse/tables/movies/{key.removeprefix('PATH_OF_')}"
            return f"'{path}', '{{shard}}-{{replica}}', " if self.cluster else ""
        if key.startswith("INTO_"):
            target = f"movies.{key.removeprefix('INTO_')}"
            if self.cluster:
                return f"FUNCTION cluster('{self.cluster}', {target}, cityHash64(user_id))"
            return target
        if key.startswith("EVERY_"):
            source = f"movies.{key.removeprefix('EVERY_')}"
            return f"clusterAllReplicas('{self.cluster}', {source})" if self.cluster else source
        if key.startswith("OVER_"):
            table = key.removeprefix("OVER_")
            if self.cluster:
                # By the viewer alone: a viewer's rows meet on one shard, so FINAL is exact.
                return f"Distributed({self.cluster}, movies, {table}, cityHash64(user_id))"
            return f"Merge('movies', '^{table}$')"
        raise KeyError(key)


def migrations(folder: Path = FOLDER) -> Iterator[Migration]:
    for path in sorted(folder.glob("*.sql")):
        yield Migration(path.stem, path.read_text(encoding="utf-8"))


async def migrate(
    sql: Sql, cluster: str | None, folder: Path = FOLDER, again: bool = False
) -> list[str]:
    """Apply what is new, in order, or `again` all, but for rows, which were moved then: a viewer's
    may belong to another shard today. Returns the names applied.

    Raises ChangedMigration before anything is applied; HostsFailed, WarehouseError and
    httpx.TransportError with the file that failed unrecorded.
    """
    hosts = Cluster(sql, cluster) if cluster else None
    known = list(migrations(folder))
    bookkeeping = next(one for one in known if one.name == _BOOKKEEPING)

    async def apply(one: Migration, with_rows: bool) -> None:
        for statement in one.statements(cluster):
            if not statement.startswith("INSERT"):
                await (hosts or sql).tell(statement)
            elif with_rows:
                await sql.tell(statement)

    await apply(bookkeeping, with_rows=False)
    rows = await sql.ask("SELECT name, checksum FROM movies.migrations FINAL")
    applied = dict(row.split("\t") for row in rows.splitlines())
    for one in known:
        if applied.get(one.name, one.checksum) != one.checksum:
            raise ChangedMigration(f"{one.name}.sql was edited after it was applied")
    fresh = [one for one in known if again or one.name not in applied]
    for one in fresh:
        if one is not bookkeeping:
            await older_inserts_done(sql, cluster)
            await apply(one, with_rows=one.name not in applied)
        await sql.tell(
            "INSERT INTO movies.migrations (name, checksum) "  # noqa: S608 - names of ours
            f"VALUES ('{one.name}', '{one.checksum}')"
        )
    if hosts is not None:
        await hosts.check_tables()
    return [one.name for one in fresh]
