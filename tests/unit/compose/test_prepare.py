"""Secrets: a given one wins, a made one stays, and each consumer is handed its own, alone."""

import re
import xml.etree.ElementTree as ET
from hashlib import sha256
from pathlib import Path

import pytest

from compose import prepare
from embedded.clickhouse.settings import NAMED_USERS
from embedded.clickhouse.settings import Settings as Engine
from tests.unit.compose.conftest import Host

FILES = {
    "api": {"jwt_secret", "clickhouse_password", "kafka_password", "docs_password"},
    "etl": {"clickhouse_password", "kafka_password"},
    "migrate": {"clickhouse_password"},
    "embedded": {"passwords"},
    "clickhouse": {"server.xml", "client.xml"},
    "kafka": {"jaas.conf", "client.properties"},
    "nginx": set(),
    "tools": {"jwt_secret", "clickhouse_password"},
    "ui": {"jaas.conf"},
}
BAD = "too short!<&>"


def test_each_consumer_gets_its_own_files_and_no_others(host: Host) -> None:
    code, said, _ = host.run()
    assert (code, said) == (
        0,
        "secrets of api, etl, migrate, clickhouse, kafka, tools, embedded, ui are in place\n",
    )
    for consumer, files in FILES.items():
        assert names(host.folder / "out" / consumer) == files
    assert names(host.folder / "kept") == set(prepare.NAMES)


def names(folder: Path) -> set[str]:
    return {file.name for file in folder.iterdir()}


def test_each_file_is_for_its_reader_alone(host: Host) -> None:
    host.run()
    owners = {f"out/{consumer}": owner for consumer, owner in prepare.OWNERS.items()}
    for file, (_, mode, owner) in host.all().items():
        assert mode == 0o400
        assert owner == {"kept": 0, **owners}[str(Path(file).parent)]
    assert host.owners[(host.folder / "backups").stat().st_ino] == prepare.OWNERS["clickhouse"]


def test_no_consumer_can_read_what_is_only_anothers(host: Host) -> None:
    host.run()
    kept = {name: (host.folder / "kept" / name).read_text() for name in prepare.NAMES}
    assert len(set(kept.values())) == len(prepare.NAMES)
    seen = {
        consumer: {n for n, value in kept.items() for f in files if value in host.out(consumer, f)}
        for consumer, files in FILES.items()
    }
    assert seen == {
        "api": {"jwt_secret", "clickhouse_api_reader", "kafka_api", "docs_password"},
        "etl": {"clickhouse_etl_writer", "kafka_etl"},
        "migrate": {"clickhouse_migrator"},
        # hashes, but for what nodes say to each other, and the client
        "clickhouse": {"clickhouse_cluster", "clickhouse_interserver", "clickhouse_analyst"},
        "embedded": {f"clickhouse_{user}" for user in NAMED_USERS},
        "kafka": {f"kafka_{user}" for user in prepare.KAFKA_USERS},
        "nginx": set(),
        "tools": {"jwt_secret", "clickhouse_analyst"},
        "ui": {"kafka_ui"},
    }


def test_a_made_secret_is_kept_by_the_next_run(host: Host) -> None:
    host.run()
    first = host.all()
    host.run()
    assert host.all() == first


def test_a_given_secret_wins_over_a_made_one_and_is_not_kept(host: Host) -> None:
    host.run()
    made = host.out("api", "clickhouse_password")
    host.give("clickhouse_api_reader", "  given-password-1\n")
    assert host.run()[0] == 0
    assert host.out("api", "clickhouse_password") == "given-password-1"
    assert sha256(b"given-password-1").hexdigest() in host.out("clickhouse", "server.xml")
    assert (host.folder / "kept/clickhouse_api_reader").read_text() == made


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("jwt_secret", "x" * 31),
        ("clickhouse_analyst", "elevenchars"),
        ("clickhouse_cluster", "</cluster><x>"),
        ("kafka_broker", 'quoted"password'),
        ("kafka_ui", "two words are not"),
        ("clickhouse_migrator", ""),
        ("kafka_etl", b"\xff\xfe-not-of-utf-8"),
    ],
)
def test_a_bad_secret_is_named_never_shown_and_changes_nothing(
    host: Host, name: str, value: str | bytes
) -> None:
    host.give(name, value)
    before = host.all()
    code, said, complained = host.run()
    assert (code, said) == (1, "")
    assert complained.startswith(f"secrets/{name}: ")
    shown = value if isinstance(value, str) else value.decode(errors="replace")
    assert not shown or shown not in complained
    assert host.all() == before


def test_showing_a_secret_changes_nothing(host: Host) -> None:
    code, said, complained = host.run("--show", "clickhouse_analyst")
    assert (code, said) == (1, "")
    assert complained == "clickhouse_analyst is neither given nor made yet\n"
    assert host.all() == {}
    host.run()
    before = host.all()
    assert host.run("--show", "clickhouse_analyst") == (
        0,
        host.out("tools", "clickhouse_password") + "\n",
        "",
    )
    assert host.all() == before


def test_a_run_that_broke_off_is_run_again(host: Host, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(file: Path, text: str, owner: int) -> None:
        raise OSError("no space left")

    whole = prepare.write
    monkeypatch.setattr(prepare, "write", broken)
    with pytest.raises(OSError, match="no space"):
        host.run()
    (host.folder / "kept/.jwt_secret").write_text("half of a sec")  # it was killed in a write
    monkeypatch.setattr(prepare, "write", whole)
    assert host.run()[0] == 0
    assert len(host.out("api", "jwt_secret")) == 64
    assert not list(host.folder.rglob(".*"))


def test_what_clickhouse_and_kafka_read_says_what_it_should(host: Host) -> None:
    """The longest allowed characters included: none of them means anything there."""
    odd = "Az09_.~+/=:@-"
    for name in prepare.NAMES:
        host.give(name, f"{odd}{name}{odd}")
    assert host.run()[0] == 0

    def secret(name: str) -> str:
        return f"{odd}{name}{odd}"

    assert elements(host.out("clickhouse", "server.xml")) == {
        **{
            f"{user}_sha256": sha256(secret(f"clickhouse_{user}").encode()).hexdigest()
            for user in prepare.CLICKHOUSE_USERS
        },
        "cluster": secret("clickhouse_cluster"),
        "interserver": secret("clickhouse_interserver"),
    }
    analyst = secret("clickhouse_analyst")
    assert elements(host.out("clickhouse", "client.xml")) == {"analyst": analyst}
    engine = Engine(host="0.0.0.0", user_passwords=host.out("embedded", "passwords"))  # noqa: S104
    assert engine.passwords == {user: secret(f"clickhouse_{user}") for user in NAMED_USERS}
    assert jaas(host.out("kafka", "jaas.conf")) == {
        "username": "broker",
        "password": secret("kafka_broker"),
        **{f"user_{user}": secret(f"kafka_{user}") for user in prepare.KAFKA_USERS},
    }
    assert jaas(host.out("ui", "jaas.conf")) == {"username": "ui", "password": secret("kafka_ui")}
    properties = dict(
        line.split("=", 1) for line in host.out("kafka", "client.properties").splitlines()
    )
    assert properties["sasl.mechanism"] == "PLAIN"
    assert f'password="{secret("kafka_broker")}";' in properties["sasl.jaas.config"]


def elements(text: str) -> dict[str, str | None]:
    return {one.tag: one.text for one in ET.fromstring(text)}  # noqa: S314 - just made


def jaas(text: str) -> dict[str, str]:
    """The options of the one login module of a file."""
    written = re.fullmatch(r'Kafka\w+ \{ [\w.]+ required((?: \w+="[^"\\]*")+); \};\n', text)
    assert written, text
    return dict(re.findall(r'(\w+)="([^"]*)"', written[1]))


@pytest.mark.parametrize("closed", ["file", "folder"])
def test_what_the_containers_cannot_read_is_named_before_they_start(
    host: Host, closed: str
) -> None:
    mounted = host.folder / "mounted" / "nginx"
    file, folder = mounted / "nginx.conf", mounted / "more"
    file.touch(0o644)
    folder.mkdir(0o755)
    assert host.run()[0] == 0
    before = host.all()
    (file if closed == "file" else folder).chmod(0o750)
    code, _, said = host.run()
    assert (code, "chmod -R a+rX nginx" in said) == (1, True)
    (file if closed == "file" else folder).chmod(0o755)
    assert host.all().keys() == before.keys()
