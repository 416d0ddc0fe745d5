"""What the containers need before any of them starts: secrets, each consumer's in its own volume.

A secret is the file of its name in /given, else the one made by an earlier run, else made now. Run
as root by the `prepare` job of docker-compose.yaml, which says what stands under OUT and KEPT.
"""

import argparse
import hashlib
import os
import re
import secrets
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path

from compose import certificate

GIVEN = Path("/given")
KEPT = Path("/kept")
OUT = Path("/out")
BACKUPS = Path("/backups")
MOUNTED = Path("/mounted")

CLICKHOUSE_USERS = ("etl_writer", "api_reader", "analyst", "migrator", "monitoring")
KAFKA_USERS = ("broker", "api", "etl", "ui")
NAMES = (
    "jwt_secret",
    *(f"clickhouse_{user}" for user in (*CLICKHOUSE_USERS, "cluster", "interserver")),
    *(f"kafka_{user}" for user in KAFKA_USERS),
    "docs_password",
)
OWNERS = {
    "api": 10001,
    "etl": 10002,
    "migrate": 10002,
    "clickhouse": 101,
    "kafka": 1000,
    "nginx": 101,
    "tools": 101,
    "embedded": 101,
    "ui": 101,
}
"""The user each consumer's container runs as."""

PLAIN = re.compile(r"[A-Za-z0-9_.~+/=:@-]{12,}")
"""What means itself in XML, in JAAS, in properties and in a URL."""

LOGIN = "org.apache.kafka.common.security.plain.PlainLoginModule required"

Secrets = Mapping[str, str]


class Unusable(Exception):
    """A given secret; the text names its file, never its value."""


def main() -> int:
    parser = argparse.ArgumentParser(prog="prepare", description=__doc__)
    parser.add_argument("--show", choices=NAMES, help="print one secret, change nothing")
    arguments = parser.parse_args()
    names = [name.strip() for name in os.environ.get("TLS_NAMES", "").split(",") if name.strip()]
    try:
        known = {name: value for name in NAMES if (value := standing(name)) is not None}
        pair = given_pair() if names else None
    except Unusable as error:
        sys.stderr.write(f"secrets/{error}\n")
        return 1
    if arguments.show:
        if arguments.show not in known:
            sys.stderr.write(f"{arguments.show} is neither given nor made yet\n")
            return 1
        sys.stdout.write(known[arguments.show] + "\n")
        return 0
    if closed := sorted({file.relative_to(MOUNTED).parts[0] for file in unreadable()}):
        sys.stderr.write(
            "the containers' users cannot read what is mounted into them, after a checkout under a "
            f"strict umask: chmod -R a+rX {' '.join(closed)}\n"
        )
        return 1
    known |= {name: make(name) for name in NAMES if name not in known}
    for consumer, content in CONTENTS.items():
        for name, text in content(known):
            write(OUT / consumer / name, text, OWNERS[consumer])
    if names:
        for name, text in zip(certificate.FILES, pair or kept_pair(names), strict=True):
            write(OUT / "nginx" / name, text, OWNERS["nginx"])
    os.chown(BACKUPS, OWNERS["clickhouse"], OWNERS["clickhouse"])
    sys.stdout.write(f"secrets of {', '.join(CONTENTS)} are in place\n")
    return 0


def unreadable() -> Iterator[Path]:
    for file in MOUNTED.rglob("*"):
        needed = 0o005 if file.is_dir() else 0o004
        if file.stat().st_mode & needed != needed:
            yield file


def standing(name: str) -> str | None:
    """The one that is given, else the one that was made. Raises Unusable."""
    for folder in (GIVEN, KEPT):
        with suppress(FileNotFoundError):
            value = (folder / name).read_text(errors="replace").strip()
            if not sound(name, value):
                raise Unusable(
                    f"{name}: an HS256 secret has at least 32 bytes; a password at least 12 "
                    "letters, digits and _.~+/=:@-"
                )
            return value
    return None


def make(name: str) -> str:
    made = secrets.token_urlsafe(48)
    write(KEPT / name, made, 0)
    return made


def sound(name: str, value: str) -> bool:
    return len(value) >= 32 if name == "jwt_secret" else PLAIN.fullmatch(value) is not None


def given_pair() -> certificate.Pair | None:
    """Raises Unusable."""
    there = [name for name in certificate.FILES if (GIVEN / name).exists()]
    if not there:
        return None
    pair = certificate.read(GIVEN)
    if pair is None or not certificate.fits(pair):
        raise Unusable("tls.crt and tls.key: no PEM, or not of one another")
    return pair


def kept_pair(names: list[str]) -> certificate.Pair:
    pair = certificate.read(KEPT)
    if pair is None or not certificate.still_good(pair, names):
        pair = certificate.make(names)
        for name, text in zip(certificate.FILES, pair, strict=True):
            write(KEPT / name, text, 0)
    return pair


def write(file: Path, text: str, owner: int) -> None:
    """Whole or not at all, for the owner alone."""
    unfinished = file.with_name(f".{file.name}")
    unfinished.unlink(missing_ok=True)
    with os.fdopen(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o400), "w") as out:
        out.write(text)
        os.fchown(out.fileno(), owner, owner)
    unfinished.rename(file)


def api(known: Secrets) -> Iterator[tuple[str, str]]:
    yield "jwt_secret", known["jwt_secret"]
    yield "clickhouse_password", known["clickhouse_api_reader"]
    yield "kafka_password", known["kafka_api"]
    yield "docs_password", known["docs_password"]


def etl(known: Secrets) -> Iterator[tuple[str, str]]:
    yield "clickhouse_password", known["clickhouse_etl_writer"]
    yield "kafka_password", known["kafka_etl"]


def migrate(known: Secrets) -> Iterator[tuple[str, str]]:
    """May drop everything: a volume that no worker has."""
    yield "clickhouse_password", known["clickhouse_migrator"]


def clickhouse(known: Secrets) -> Iterator[tuple[str, str]]:
    """Substitutions for clickhouse/users.d, cluster.d and client."""
    hashed = (
        f"<{user}_sha256>{hashlib.sha256(known[f'clickhouse_{user}'].encode()).hexdigest()}"
        f"</{user}_sha256>"
        for user in CLICKHOUSE_USERS
    )
    own = (f"<{name}>{known[f'clickhouse_{name}']}</{name}>" for name in ("cluster", "interserver"))
    yield "server.xml", f"<clickhouse>{''.join((*hashed, *own))}</clickhouse>\n"
    analyst = known["clickhouse_analyst"]
    yield "client.xml", f"<clickhouse><analyst>{analyst}</analyst></clickhouse>\n"


def embedded(known: Secrets) -> Iterator[tuple[str, str]]:
    """For the engine in the server's place, which takes passwords as text, and for the tests."""
    users = ("etl_writer", "api_reader", "analyst", "migrator")
    yield "passwords", ",".join(f"{user}={known[f'clickhouse_{user}']}" for user in users)


def kafka(known: Secrets) -> Iterator[tuple[str, str]]:
    """The broker's users, and the command line tools' way in as the broker itself."""
    itself = f'username="broker" password="{known["kafka_broker"]}"'
    users = " ".join(f'user_{user}="{known[f"kafka_{user}"]}"' for user in KAFKA_USERS)
    yield "jaas.conf", f"KafkaServer {{ {LOGIN} {itself} {users}; }};\n"
    yield (
        "client.properties",
        "security.protocol=SASL_PLAINTEXT\nsasl.mechanism=PLAIN\n"
        f"sasl.jaas.config={LOGIN} {itself};\n",
    )


def ui(known: Secrets) -> Iterator[tuple[str, str]]:
    itself = f'username="ui" password="{known["kafka_ui"]}"'
    yield "jaas.conf", f"KafkaClient {{ {LOGIN} {itself}; }};\n"


def tools(known: Secrets) -> Iterator[tuple[str, str]]:
    yield "jwt_secret", known["jwt_secret"]
    yield "clickhouse_password", known["clickhouse_analyst"]


CONTENTS: Mapping[str, Callable[[Secrets], Iterator[tuple[str, str]]]] = {
    "api": api,
    "etl": etl,
    "migrate": migrate,
    "clickhouse": clickhouse,
    "kafka": kafka,
    "tools": tools,
    "embedded": embedded,
    "ui": ui,
}


if __name__ == "__main__":
    sys.exit(main())
