"""A PostgreSQL of its own: in a temporary folder, on a free port of loopback, ended with us.

It does not run as root, so root starts it as the package's user `postgres`.
"""

import os
import secrets
import shutil
import signal
import tempfile
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg

from embedded.child import Child, Recipe, run
from embedded.errors import CannotStart
from embedded.ports import free_block
from embedded.settings import HOST
from embedded.stack import start_and_wait

PACKAGED = Path("/usr/lib/postgresql")
OLDEST = 15
"""The first with lz4 for the log, and with statistics that can be had at once."""
USER = "postgres"
_MIB = 1 << 20

Configuration = Mapping[str, str]


def tuned(memory: int) -> Configuration:
    """For a machine with so many bytes of memory that is the store's own. Debian's defaults are
    for any machine. What is not named here is as they have it; so is `fsync`, on."""
    return {
        # a quarter; the rest caches files
        "shared_buffers": f"{min(memory // 4, 4096 * _MIB) // _MIB}MB",
        "effective_cache_size": f"{memory // 2 // _MIB}MB",
        # checkpoints far apart: each makes the next write of a page go to the log whole
        "max_wal_size": "8GB",
        "checkpoint_timeout": "15min",
        "wal_compression": "lz4",
        # sorts and hashes of a batch and of a report stay in memory
        "work_mem": "128MB",
        "temp_buffers": "64MB",
        "maintenance_work_mem": "512MB",
        # no disk that turns
        "random_page_cost": "1.1",
        "effective_io_concurrency": "200",
        # compiles for longer than it saves in reports of less than a second
        "jit": "off",
    }


@dataclass(frozen=True)
class Running:
    child: Child
    address: str
    """For psycopg, with the password."""


@asynccontextmanager
async def postgres_server(configuration: Configuration) -> AsyncIterator[Running]:
    """Ready; its folder is removed in the end. Raises CannotStart where it is not installed."""
    programs = binaries()
    as_user = _as_user()
    folder = Path(tempfile.mkdtemp(prefix="ugc-postgres-"))
    password = secrets.token_urlsafe()
    try:
        (folder / "password").write_text(password)
        if as_user:
            for path in (folder, folder / "password"):
                shutil.chown(path, USER, USER)
        with free_block() as ports:
            address = f"host={HOST} port={ports[0]} user={USER} dbname=postgres password={password}"
            recipe = Recipe(
                name="postgresql",
                command=[
                    *as_user,
                    str(programs / "postgres"),
                    *("-D", str(folder / "data"), "-p", str(ports[0])),
                    *_options({"listen_addresses": HOST, "unix_socket_directories": ""}),
                    *_options(configuration),
                ],
                environment={"PATH": os.defpath, "TZ": "UTC", "LC_ALL": "C.UTF-8"},
                probe=lambda: _answers(address),
                prepare=lambda: _make_cluster([*as_user, str(programs / "initdb")], folder),
                stop_signal=signal.SIGINT,  # does not wait for clients to leave
                stop_within=60,  # the last checkpoint
            )
            child = Child(recipe)
            try:
                await start_and_wait(child)
                yield Running(child, address)
            finally:
                await child.stop()
    finally:
        shutil.rmtree(folder)


def binaries() -> Path:
    """Of the newest version. Raises CannotStart."""
    found = {int(path.parts[-3]): path.parent for path in PACKAGED.glob("*/bin/initdb")}
    newest = max(found, default=0)
    if newest < OLDEST:
        raise CannotStart(f"no PostgreSQL {OLDEST} or later here: embedded/setup postgres")
    return found[newest]


def _as_user() -> Sequence[str]:
    if os.getuid() != 0:
        return ()
    # whoever changes the user loses the kernel's promise to end it with us
    return (
        *("setpriv", "--reuid", USER, "--regid", USER, "--clear-groups"),
        *("--pdeathsig", "INT", "--"),
    )


def _options(configuration: Configuration) -> Sequence[str]:
    return [word for name, value in configuration.items() for word in ("-c", f"{name}={value}")]


async def _make_cluster(initdb: Sequence[str], folder: Path) -> None:
    """Raises CannotStart."""
    code, said = await run(
        *initdb,
        *("-D", str(folder / "data"), "-U", USER, "--encoding=UTF8", "--locale=C.UTF-8"),
        *("--auth=scram-sha-256", f"--pwfile={folder / 'password'}"),
    )
    if code:
        raise CannotStart(f"initdb: {said}")


async def _answers(address: str) -> str:
    try:
        async with await psycopg.AsyncConnection.connect(address):
            return ""
    except psycopg.OperationalError as error:
        return str(error)
