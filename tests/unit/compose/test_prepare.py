"""Secrets: a given one wins, a made one stays, and each consumer is handed its own, alone."""

import os
import re
import sys
import xml.etree.ElementTree as ET
from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from compose import certificate, prepare
from embedded.clickhouse.settings import NAMED_USERS
from embedded.clickhouse.settings import Settings as Engine

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


@dataclass
class Host:
    """The volumes of the job, and whom it gave which file to: only root may really do so."""

    folder: Path
    capsys: pytest.CaptureFixture[str]
    owners: dict[int, int]

    def run(self, *arguments: str) -> tuple[int, str, str]:
        sys.argv = ["prepare", *arguments]
        code = prepare.main()
        return code, *self.capsys.readouterr()

    def give(self, name: str, value: str | bytes) -> None:
        given = self.folder / "given" / name
        given.write_bytes(value if isinstance(value, bytes) else value.encode())

    def out(self, consumer: str, name: str) -> str:
        return (self.folder / "out" / consumer / name).read_text()

    def all(self) -> dict[str, tuple[str, int, int]]:
        """Each file: its content, mode and owner."""
        files = (file for file in self.folder.rglob("*") if file.is_file())
        return {
            str(file.relative_to(self.folder)): (
                file.read_text(errors="replace"),
                file.stat().st_mode & 0o777,
                self.owners.get(file.stat().st_ino, -1),
            )
            for file in files
        }


@pytest.fixture
def host(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Host:
    for name in (
        "given",
        "kept",
        "backups",
        "mounted/nginx",
        *(f"out/{consumer}" for consumer in prepare.OWNERS),
    ):
        (tmp_path / name).mkdir(parents=True)
    for name in ("given", "kept", "out", "backups", "mounted"):
        monkeypatch.setattr(prepare, name.upper(), tmp_path / name)
    owners: dict[int, int] = {}

    def chown(what: int | Path, uid: int, gid: int) -> None:
        assert uid == gid
        owners[os.stat(what).st_ino] = uid  # noqa: PTH116 - a descriptor too

    monkeypatch.setattr(os, "fchown", chown)
    monkeypatch.setattr(os, "chown", chown)
    monkeypatch.setattr(sys, "argv", [])
    monkeypatch.delenv("TLS_NAMES", raising=False)
    return Host(tmp_path, capsys, owners)


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


def certified(host: Host) -> certificate.Pair:
    return host.out("nginx", "tls.crt"), host.out("nginx", "tls.key")


def test_a_made_certificate_is_kept_while_it_is_good(
    host: Host, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TLS_NAMES", "films.example, www.films.example,")
    assert host.run()[0] == 0
    first = certified(host)
    assert certificate.fits(first)
    assert certificate.still_good(first, ["films.example", "www.films.example"])
    host.run()
    assert certified(host) == first
    now = certificate._now()
    monkeypatch.setattr(certificate, "_now", lambda: now + timedelta(days=336))  # 29 are left
    host.run()
    assert certified(host) != first


@pytest.mark.parametrize("names", ["films.example,other.example", "films"])
def test_other_names_are_another_certificate(
    host: Host, monkeypatch: pytest.MonkeyPatch, names: str
) -> None:
    monkeypatch.setenv("TLS_NAMES", "films.example")
    host.run()
    first = certified(host)
    monkeypatch.setenv("TLS_NAMES", names)
    host.run()
    assert certified(host) != first
    assert certificate.still_good(certified(host), names.split(","))


def test_a_key_of_another_certificate_is_not_kept(
    host: Host, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A run may break off between the two files."""
    monkeypatch.setenv("TLS_NAMES", "films.example")
    host.run()
    prepare.write(host.folder / "kept/tls.key", certificate.make(["films.example"])[1], 0)
    host.run()
    assert certificate.fits(certified(host))


def test_a_given_certificate_wins_whatever_its_names(
    host: Host, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TLS_NAMES", "films.example")
    chain, key = certificate.make(["*.example"])
    host.give("tls.crt", chain)
    host.give("tls.key", key)
    assert host.run()[0] == 0
    assert certified(host) == (chain, key)
    assert not (host.folder / "kept/tls.crt").exists()


def of_another() -> bytes:
    return certificate.make(["films.example"])[1].encode()


def locked() -> bytes:
    return ec.generate_private_key(ec.SECP256R1()).private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.BestAvailableEncryption(b"a password"),
    )


@pytest.mark.parametrize("key", [None, b"", b"no PEM", b"\xff", of_another(), locked()])
def test_a_given_certificate_without_its_key_is_an_error(
    host: Host, monkeypatch: pytest.MonkeyPatch, key: bytes | None
) -> None:
    monkeypatch.setenv("TLS_NAMES", "films.example")
    host.give("tls.crt", certificate.make(["films.example"])[0])
    if key is not None:
        host.give("tls.key", key)
    before = host.all()
    code, said, complained = host.run()
    assert (code, said) == (1, "")
    assert complained == "secrets/tls.crt and tls.key: no PEM, or not of one another\n"
    assert host.all() == before


def test_without_tls_a_certificate_is_nobodys_concern(host: Host) -> None:
    host.give("tls.crt", "no PEM")
    assert host.run()[0] == 0
    assert not list((host.folder / "out/nginx").iterdir())


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
