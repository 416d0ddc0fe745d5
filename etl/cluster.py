"""A cluster of ClickHouse: a statement reached every host of it, or an error names who lacks it."""

import re
from collections import defaultdict

from etl.sql import Sql

DDL_WITHIN_S = 120

_ON_EVERY_HOST: dict[str, str | int] = {
    "distributed_ddl_task_timeout": DDL_WITHIN_S,
    # `throw` would tell of the first error only, and of a host that is late not even its name;
    # here each host has its row, with NULL when it has not finished, and every row is looked at.
    "distributed_ddl_output_mode": "never_throw",
}
_CREATE_TABLE = re.compile(r"CREATE TABLE IF NOT EXISTS movies\.(\w+)")


class HostsFailed(Exception):
    """One line for each host that is not as it should be."""


class Cluster:
    """The hosts that `system.clusters` has under `name`."""

    def __init__(self, sql: Sql, name: str) -> None:
        self._sql = sql
        self._name = name

    async def answers(self) -> None:
        """Raises WarehouseError naming a host that does not."""
        await self._sql.ask(f"SELECT count() FROM {self._all('system.one')}")  # noqa: S608

    async def hosts(self) -> list[str]:
        """`host:port` of each. Raises HostsFailed when nobody knows the cluster."""
        listed = await self._sql.ask(
            "SELECT host_name, port FROM system.clusters WHERE cluster = {name:String} "
            "ORDER BY shard_num, replica_num",
            param_name=self._name,
        )
        if not listed:
            raise HostsFailed(f"there is no cluster {self._name} in system.clusters")
        return [":".join(line.split("\t")) for line in listed.splitlines()]

    async def tell(self, statement: str) -> None:
        """Run what says ON CLUSTER. Raises HostsFailed unless each host says that it is done."""
        answer = await self._sql.tell(await self._same_table(statement), **_ON_EVERY_HOST)
        said = {}
        for line in answer.splitlines():
            host, port, status, error, *_ = line.split("\t")
            said[f"{host}:{port}"] = status, error
        failed = [
            f"{host}: {_explained(*said.get(host, ('', '')))}"
            for host in await self.hosts()
            if host not in said or said[host][0] != "0"
        ]
        if failed:
            first_line, *_ = statement.splitlines()
            raise HostsFailed("\n".join([f"not done on every host: {first_line}", *failed]))

    async def check_tables(self, only: str = "") -> None:
        """Raises HostsFailed with what is missing where, or made otherwise there; of one table or
        of all."""
        # Replicas meet in Keeper under the table's UUID: with another one a table replicates to
        # nobody, though it has the same name.
        of_one = f" AND name = '{only}'" if only else ""
        found = await self._sql.ask(
            "SELECT hostName(), name, engine_full, "  # noqa: S608 - a name of ours
            "if(position(engine_full, '{uuid}') > 0, toString(uuid), '') "
            f"FROM {self._all('system.tables')} "
            "WHERE database = 'movies' AND NOT startsWith(name, '.')"
            f"{of_one}"
        )
        by_host: dict[str, dict[str, str]] = defaultdict(dict)
        forms: dict[str, list[str]] = defaultdict(list)
        for line in found.splitlines():
            host, name, *form = line.split("\t")
            by_host[host][name] = " ".join(form)
            forms[name].append(" ".join(form))
        differences = [
            f"{host}: {'lacks' if name not in tables else 'has another'} movies.{name}"
            for host, tables in sorted(by_host.items())
            for name, seen in sorted(forms.items())
            if tables.get(name) != max(seen, key=seen.count)
        ]
        if differences:
            raise HostsFailed("\n".join(differences))

    async def _same_table(self, statement: str) -> str:
        """A table that some hosts have already gets the same UUID on the others, see above."""
        created = _CREATE_TABLE.match(statement)
        if created is None:
            return statement
        known = await self._sql.ask(
            f"SELECT DISTINCT uuid FROM {self._all('system.tables')} "  # noqa: S608
            "WHERE database = 'movies' AND name = {name:String}",
            param_name=created[1],
        )
        if len(known.split()) != 1:
            return statement
        return f"{created[0]} UUID '{known.strip()}'{statement[created.end() :]}"

    def _all(self, table: str) -> str:
        return f"clusterAllReplicas('{self._name}', {table})"


def _explained(status: str, error: str) -> str:
    if not status:
        return "not among the hosts that answered"
    if status == r"\N":
        return f"not finished within {DDL_WITHIN_S} s"
    return error.replace(r"\n", " ")[:300]
