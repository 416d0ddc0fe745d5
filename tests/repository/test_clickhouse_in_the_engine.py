"""What the real engine makes of the files of ClickHouse's servers.

It is newer than the server of docker-compose.yaml, and takes the files as that one does, but for
what is named here. Each check is also shown a copy that it has to refuse.
"""

import re
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from embedded.settings import ROOT
from tests.repository.clickhouse_engine import PLACE, Loaded, loaded, trees
from tests.repository.compose_rules import Check
from tests.repository.copies import a_copy

SERVER = "SELECT name, value FROM system.server_settings"
TABLES = "SELECT name, value FROM system.merge_tree_settings"
MACROS = "SELECT macro, substitution FROM system.macros"
HOSTS = "SELECT cluster, shard_num, replica_num, host_name, port FROM system.clusters"
USERS = "SELECT name, auth_type[1] FROM system.users WHERE name != 'default'"
PROFILES = """
SELECT
    profile_name, setting_name, value, ifNull(min, ''), ifNull(max, ''),
    ifNull(writability = 'CONST', 0)
FROM system.settings_profile_elements
WHERE setting_name IS NOT NULL
"""
LOGS = "SELECT name, engine_full FROM system.tables WHERE name LIKE '%_log'"
DONE = [
    "CREATE TABLE default.proof (x UInt8) ENGINE = MergeTree ORDER BY x",  # <merge_tree>
    "BACKUP TABLE default.proof TO Disk('backups', 'proof')",
    "SYSTEM FLUSH LOGS",
]
ASKED = [*DONE, SERVER, TABLES, MACROS, HOSTS, USERS, PROFILES, LOGS]

OVERRIDDEN = {"logger.level", "include_from"}
"""What the engine, or the test, sets to something else."""

SEEN = {"macros", "remote_servers", "storage_configuration", "backups"}
"""Sections that the engine's answers show."""

UNCHECKED = {
    *("zookeeper.node.host", "zookeeper.node.port", "zookeeper.session_timeout_ms"),
    *("interserver_http_credentials.user", "interserver_http_credentials.password"),
    *("listen_host", "mysql_port", "postgresql_port"),
    "latency_log",  # no longer there in the engine's version
    *("prometheus.endpoint", "prometheus.port", "prometheus.metrics", "prometheus.events"),
    *("prometheus.asynchronous_metrics", "prometheus.errors"),
    *("keeper_server.tcp_port", "keeper_server.server_id"),
    *("keeper_server.log_storage_path", "keeper_server.snapshot_storage_path"),
    "keeper_server.four_letter_word_white_list",
    "keeper_server.coordination_settings.session_timeout_ms",
    "keeper_server.coordination_settings.raft_logs_level",
    *("keeper_server.http_control.port", "keeper_server.http_control.readiness.endpoint"),
    "keeper_server.raft_configuration.server.id",
    "keeper_server.raft_configuration.server.hostname",
    "keeper_server.raft_configuration.server.port",
}
"""Keys that nothing here knows, server's and Keeper's: a new one is to be looked up."""


def leaves(element: ET.Element, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ET.Element]]:
    for child in element:
        if len(child):
            yield from leaves(child, (*path, child.tag))
        else:
            yield ".".join((*path, child.tag)), child


def engine_refuses(copy: Path) -> str:
    """The files, or what has to work with them."""
    seen = loaded(copy / "clickhouse", ASKED)
    failed = [row[0] for rows in seen.answers.values() for row in rows if "Code: " in row[0]]
    return "\n".join(filter(None, [seen.refusal, *failed])) or differs(copy, seen)


def differs(copy: Path, seen: Loaded) -> str:
    """What the engine says is set, against what the files say."""
    wrong = set()
    server = trees(copy, "config.d", "cluster.d")
    known = {row[0]: row[1] for row in seen.answers[SERVER]}
    known |= {f"merge_tree.{name}": value for name, value in seen.answers[TABLES]}
    for key, leaf in (pair for tree in server for pair in leaves(tree)):
        if key in known.keys() - OVERRIDDEN and "remove" not in leaf.attrib:
            wrong |= {key} if known[key] != leaf.text else set()
    pairs = [
        (dict(kept_days(server)), kept_by(seen)),
        (macros(server), {row[0]: row[1] for row in seen.answers[MACROS]}),
    ]
    wrong |= {f"{told} is {there}" for told, there in pairs if told != there}
    sets = [(hosts(server), HOSTS), (elements(trees(copy, "users.d")), PROFILES)]
    for told, question in sets:
        wrong |= {" ".join(one) for one in set(told) ^ set(map(tuple, seen.answers[question]))}
    wrong |= {name for name, how in seen.answers[USERS] if how != "sha256_password"}
    return " ".join(sorted(wrong))


def kept_days(server: list[ET.Element]) -> Iterator[tuple[str, str]]:
    """Of each log that is kept for a time."""
    for tree in server:
        for log in tree:
            if (ttl := log.findtext("ttl")) is not None:
                yield log.tag, re.findall(r"INTERVAL (\d+) DAY DELETE", ttl)[0]


def kept_by(seen: Loaded) -> dict[str, str]:
    kept = {
        name: re.findall(r"TTL .*toIntervalDay\((\d+)\)", how) for name, how in seen.answers[LOGS]
    }
    return {name: days[0] for name, days in kept.items() if days}


def macros(server: list[ET.Element]) -> dict[str, str]:
    found = [one for tree in server for one in tree.iterfind("macros/*")]
    return {one.tag: one.text or PLACE.get(one.get("from_env", ""), "?") for one in found}


def hosts(server: list[ET.Element]) -> Iterator[tuple[str, ...]]:
    for cluster in (one for tree in server for one in tree.iterfind("remote_servers/*")):
        for number, shard in enumerate(cluster.iterfind("shard"), 1):
            for place, replica in enumerate(shard.iterfind("replica"), 1):
                at = (replica.findtext("host", ""), replica.findtext("port", ""))
                yield (cluster.tag, str(number), str(place), *at)


def elements(users: list[ET.Element]) -> Iterator[tuple[str, ...]]:
    """A profile's settings, with what a user may change them to."""
    for profile in (one for tree in users for one in tree.iterfind("profiles/*")):
        values = {one.tag: one.text or "" for one in profile if one.tag != "constraints"}
        for name in values | {one.tag: "" for one in profile.iterfind("constraints/*")}:
            least, most = (
                profile.findtext(f"constraints/{name}/{end}", "") for end in ("min", "max")
            )
            fixed = profile.find(f"constraints/{name}/const") is not None
            yield profile.tag, name, values.get(name, "\\N"), least, most, str(int(fixed))


def out_of_bounds(copy: Path) -> str:
    """A profile's own value that its users could not set."""
    return " ".join(
        f"{profile} {name}"
        for profile, name, value, least, most, _ in elements(trees(copy, "users.d"))
        if not float(least or value) <= float(value) <= float(most or value)
    )


def unknown(copy: Path) -> str:
    """Keys of the server and Keeper that the engine does not know, and nobody looked up."""
    names, logs = known_to_the_engine()
    found = {
        key for tree in trees(copy, "config.d", "cluster.d", "keeper") for key, _ in leaves(tree)
    }
    checked = {key for key in found if key in names or key.split(".")[0] in SEEN | logs}
    return " ".join(sorted((found - checked) ^ UNCHECKED))


@cache
def known_to_the_engine() -> tuple[set[str], frozenset[str]]:
    """Names of settings, and of system logs."""
    seen = loaded(ROOT / "clickhouse", [SERVER, TABLES])
    assert seen.refusal == ""
    tables = {f"merge_tree.{name}" for name, _ in seen.answers[TABLES]}
    return tables | {name for name, _ in seen.answers[SERVER]}, seen.logs


CHECKS = [engine_refuses, out_of_bounds, unknown]


@pytest.mark.parametrize("check", CHECKS)
def test_nothing_is_wrong_with_them(check: Check) -> None:
    assert check(ROOT) == ""


@pytest.mark.parametrize(
    ("check", "file", "old", "new", "finding"),
    [
        (
            engine_refuses,
            "users.d/analyst.xml",
            "<readonly>2</readonly>",
            "<readers>2</readers>",
            "Unknown setting 'readers'",
        ),
        (engine_refuses, "users.d/migrator.xml", "GRANT ALL", "GRANT EVERYTHING", "parse grant"),
        (engine_refuses, "users.d/analyst.xml", "analyst_sha256", "analyst_sha", "length 0"),
        (engine_refuses, "users.d/analyst.xml", "<users>", "<user>", "SAXParseException"),
        (engine_refuses, "config.d/memory.xml", ">8</backg", ">2</backg", "cannot work with these"),
        (engine_refuses, "config.d/backups.xml", "disk>backups", "disk>backup", "not allowed for"),
        (engine_refuses, "cluster.d/company_cluster.xml", '"CH_SHARD"', '"SHARD"', "'shard'"),
        (out_of_bounds, "users.d/analyst.xml", ">300<", ">30000<", "analyst max_execution_time"),
        (out_of_bounds, "users.d/analyst.xml", "priority>10", "priority>9", "analyst priority"),
        (
            unknown,
            "config.d/memory.xml",
            "<mark_cache_size>268435456</mark_",
            "<marks_cache_size>1</marks_",
            "marks_cache_size",
        ),
        (unknown, "config.d/logs.xml", "metric_log remove", "metrics_log remove", "metrics_log"),
        (
            unknown,
            "cluster.d/keeper.xml",
            "<session_timeout_ms>30000</session_timeout_ms>",
            "<session_ms>30000</session_ms>",
            "zookeeper.session_ms",
        ),
        (
            unknown,
            "keeper/keeper_config.xml",
            "<tcp_port>9181</tcp_port>",
            "<port>9181</port>",
            "keeper_server.port",
        ),
    ],
)
def test_a_mistake_in_them_is_found(
    tmp_path: Path, check: Check, file: str, old: str, new: str, finding: str
) -> None:
    assert finding in check(a_copy(tmp_path, (f"clickhouse/{file}", old, new)))


def test_nobody_comes_in_without_a_password() -> None:
    refused = loaded(ROOT / "clickhouse", [], as_default=False).refusal
    assert "There is no user `default`" in refused


def test_a_single_node_needs_nothing_of_a_cluster() -> None:
    seen = loaded(ROOT / "clickhouse", ASKED, folders=["config.d"])
    assert seen.refusal == ""
    assert [seen.answers[statement] for statement in (MACROS, HOSTS)] == [[], []]
