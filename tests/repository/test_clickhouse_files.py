"""The files of ClickHouse and Keeper, against the containers that read them.

Each check is also shown a copy that it has to refuse.
"""

import xml.etree.ElementTree as ET
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

import pytest

from compose import prepare
from embedded.clickhouse.settings import NAMED_USERS
from embedded.settings import ROOT
from tests.repository.clickhouse_engine import SECRETS, trees
from tests.repository.compose_model import CORE, Model, merged
from tests.repository.compose_rules import Check, Service, mounted, of_each_service
from tests.repository.copies import a_copy

FOLDERS = ("config.d", "cluster.d", "users.d", "client", "keeper")


def no_xml(copy: Path) -> str:
    wrong = []
    for file in (copy / "clickhouse").glob("*/*.xml"):
        try:
            ET.parse(file)  # noqa: S314 - a file of ours
        except ET.ParseError as error:
            wrong.append(f"{file.name}: {error}")
    return " ".join(wrong)


def elements(copy: Path, *folders: str) -> Iterator[ET.Element]:
    for tree in trees(copy, *folders):
        yield from tree.iter()


def folders_of(service: Service) -> list[str]:
    """Those of clickhouse/ that a container reads."""
    sources = [source for source, _ in mounted(service)]
    return [folder for folder in FOLDERS if f"./clickhouse/{folder}" in sources]


@of_each_service
def not_given(copy: Path, model: Model, name: str, service: Service) -> Iterator[str]:
    """Variables and secrets that the files it reads ask for."""
    read = folders_of(service)
    asked = {one.get("from_env") for one in elements(copy, *read)} - {None}
    yield from map(str, asked - service.get("environment", {}).keys())
    places = {target for source, target in mounted(service) if source == "clickhouse-secrets"}
    for folder in read:
        included = [
            Path(str(one.text)) for one in elements(copy, folder) if one.tag == "include_from"
        ]
        yield from (f"{file}" for file in included if str(file.parent) not in places)


def not_prepared(copy: Path) -> str:
    """Substitutions, looked for in what compose/prepare.py writes."""
    written = dict(prepare.clickhouse(SECRETS))
    wrong = set()
    for folder in FOLDERS:
        known: set[str] = set()
        for one in elements(copy, folder):
            if one.tag == "include_from":
                text = written.get(PurePosixPath(str(one.text)).name, "<nothing/>")
                known |= {entry.tag for entry in ET.fromstring(text)}  # noqa: S314 - just made
        asked = {one.get("incl") for one in elements(copy, folder)} - {None}
        wrong |= {f"{folder} {name}" for name in asked - known}
    return " ".join(sorted(wrong))


def other_users(copy: Path) -> str:
    """Who there is, who is given a password, and who comes."""
    listed = [one for tree in trees(copy, "users.d") for one in tree.iterfind("users/*")]
    users = {one.tag for one in listed if one.get("remove") is None}
    wrong = users ^ set(prepare.CLICKHOUSE_USERS) | set(NAMED_USERS) - users
    if "default" not in {one.tag for one in listed} - users:
        wrong.add("default")
    environments = [one.get("environment", {}) for one in merged(copy, [CORE])["services"].values()]
    come = {one["CH_USER"] for one in environments if "CH_USER" in one}
    come |= {str(one.text) for tree in trees(copy, "client") for one in tree.iterfind("user")}
    return " ".join(sorted(wrong | come - users))


def another_cluster(copy: Path) -> str:
    """Names and numbers of the nodes, here and in docker-compose.yaml."""
    services = merged(copy, [CORE])["services"]
    (tree,) = (one for one in trees(copy, "cluster.d") if one.find("remote_servers") is not None)
    (cluster,) = tree.iterfind("remote_servers/*")
    places = {
        host.text: f"{number}/{place}"
        for number, shard in enumerate(cluster.iterfind("shard"), 1)
        for place, host in enumerate(shard.iterfind("replica/host"), 1)
    }
    urls = ",".join(f"http://{host}:8123" for host in places)
    return differing(
        (cluster.tag, tree.findtext("macros/cluster")),
        ({cluster.tag}, set(given(services, "CH_CLUSTER").values())),
        (places, joined(given(services, "CH_SHARD"), given(services, "CH_REPLICA"))),
        (
            {host: host for host in places},
            {n: one.get("hostname") for n, one in services.items() if n in places},
        ),
        ({urls}, {url for url in given(services, "CH_URL").values() if "," in url}),
    )


def other_keepers(copy: Path) -> str:
    ids = given(merged(copy, [CORE])["services"], "KEEPER_ID")
    (keeper,) = trees(copy, "keeper")
    (server,) = (one for one in trees(copy, "cluster.d") if one.find("zookeeper") is not None)
    raft = keeper.findall("keeper_server/raft_configuration/server")
    port = keeper.findtext("keeper_server/tcp_port")
    nodes = server.findall("zookeeper/node")
    return differing(
        (ids, {one.findtext("hostname"): one.findtext("id") for one in raft}),
        (dict.fromkeys(ids, port), {one.findtext("host"): one.findtext("port") for one in nodes}),
        (
            server.findtext("zookeeper/session_timeout_ms"),
            keeper.findtext("keeper_server/coordination_settings/session_timeout_ms"),
        ),
    )


def given(services: Model, variable: str) -> dict[str, str]:
    """By service."""
    told = {name: one.get("environment", {}).get(variable) for name, one in services.items()}
    return {name: str(value) for name, value in told.items() if value is not None}


def joined(one: dict[str, str], other: dict[str, str]) -> dict[str, str]:
    return {name: f"{value}/{other.get(name)}" for name, value in one.items()}


def differing(*pairs: tuple[object, object]) -> str:
    return " ".join(f"{one} is not {other}" for one, other in pairs if one != other)


CHECKS = [no_xml, not_given, not_prepared, other_users, another_cluster, other_keepers]


@pytest.mark.parametrize("check", CHECKS)
def test_nothing_is_wrong_with_them(check: Check) -> None:
    assert check(ROOT) == ""


XML = "clickhouse/"
COMPOSE, CLUSTER = "docker-compose.yaml", "clickhouse/cluster.d/company_cluster.xml"
KEEPER, KEEPERS = "clickhouse/keeper/keeper_config.xml", "clickhouse/cluster.d/keeper.xml"


@pytest.mark.parametrize(
    ("check", "file", "old", "new", "finding"),
    [
        (no_xml, KEEPER, "</clickhouse>", "", "keeper_config.xml"),
        (not_given, KEEPER, '"KEEPER_ID"', '"SERVER_ID"', "keeper-2: SERVER_ID"),
        (
            not_given,
            COMPOSE,
            "CH_SHARD: 1, CH_REPLICA: 1}",
            "CH_SHARD: 1}",
            "clickhouse-node1: CH_REP",
        ),
        (
            not_given,
            COMPOSE,
            "clickhouse-secrets:/run/",
            "clickhouse-secrets:/var/",
            "node3: /run",
        ),
        (not_prepared, CLUSTER, 'incl="cluster"', 'incl="clusters"', "cluster.d clusters"),
        (
            not_prepared,
            CLUSTER,
            "server.xml</include",
            "client.xml</include",
            "cluster.d interserver",
        ),
        (not_prepared, f"{XML}client/analyst.xml", 'incl="analyst"', 'incl="etl"', "client etl"),
        (other_users, f"{XML}users.d/default.xml", ' remove="remove"', "", "default"),
        (other_users, f"{XML}users.d/default.xml", '<default remove="remove"/>', "", "default"),
        (other_users, f"{XML}users.d/monitoring.xml", "<users>", "<users><guest/>", "guest"),
        (other_users, COMPOSE, "CH_USER: etl_writer", "CH_USER: writer", "writer"),
        (other_users, f"{XML}client/analyst.xml", "<user>analyst", "<user>reader", "reader"),
        (another_cluster, CLUSTER, "<cluster>company", "<cluster>other", "other_cluster"),
        (another_cluster, COMPOSE, "CH_CLUSTER: company", "CH_CLUSTER: other", "other_cluster"),
        (another_cluster, CLUSTER, "<host>clickhouse-node4", "<host>clickhouse-node5", "node5"),
        (another_cluster, CLUSTER, "<host>clickhouse-node1", "<host>clickhouse-node2", "node1"),
        (
            another_cluster,
            COMPOSE,
            "CH_SHARD: 2, CH_REPLICA: 1",
            "CH_SHARD: 1, CH_REPLICA: 1",
            "1/1",
        ),
        (another_cluster, COMPOSE, "    hostname: clickhouse-node3\n", "", "None"),
        (another_cluster, COMPOSE, ",http://clickhouse-node4:8123", "", "node4"),
        (other_keepers, COMPOSE, "{KEEPER_ID: 3}", "{KEEPER_ID: 2}", "'keeper-3': '2'"),
        (other_keepers, KEEPER, "<hostname>keeper-2", "<hostname>keeper-1", "keeper-2"),
        (other_keepers, KEEPERS, "<port>9181", "<port>2181", "2181"),
        (other_keepers, KEEPERS, "ms>30000<", "ms>10000<", "10000"),
    ],
)
def test_a_mistake_in_them_is_found(
    tmp_path: Path, check: Check, file: str, old: str, new: str, finding: str
) -> None:
    assert finding in check(a_copy(tmp_path, (file, old, new)))
