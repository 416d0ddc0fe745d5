"""`python -m embedded`: with a real broker once, else with stand-ins around it."""

import os
import re
import signal
import socket
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import jwt
import pytest

from embedded.credentials import Credentials
from embedded.ports import is_free
from embedded.settings import HOST, Settings
from tests.integration.embedded import standins
from tests.integration.embedded.test_child import gone
from tests.stack import RunningStack, place, supervised

OUTSIDE = {"KAFKA_BOOTSTRAP_SERVERS": "127.0.0.1:1", "CH_URL": "http://127.0.0.1:1"}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    standins.write(tmp_path)
    return tmp_path


@pytest.fixture
def settings(folder: Path) -> Iterator[Settings]:
    with place(folder / "data", **OUTSIDE) as settings:
        yield settings


@pytest.fixture
def stack(folder: Path, settings: Settings) -> Iterator[RunningStack]:
    with supervised(settings, folder / "log", cwd=folder) as stack:
        yield stack


def until(condition: Callable[[], object], stack: RunningStack, within: float = 20.0) -> None:
    deadline = time.monotonic() + within
    while not condition():
        ended = stack.process.poll() is not None
        assert not ended and time.monotonic() < deadline, stack.log.read_text()  # noqa: PT018 - one text for both
        time.sleep(0.02)


def says(stack: RunningStack, text: str) -> Callable[[], bool]:
    return lambda: text in stack.log.read_text()


def pid(folder: Path, name: str) -> int:
    return int((folder / f"{name}-pid").read_text())


def test_it_starts_all_in_order_and_says_where_things_are(stack: RunningStack) -> None:
    until(says(stack, "Ctrl-C stops everything"), stack)
    log = stack.log.read_text()
    steps = r"^embedded   \| [\d:]{8} (migrate done|etl ready|starting api|api ready|all ready)"
    assert re.findall(steps, log, re.MULTILINE) == [
        *("migrate done", "etl ready", "starting api", "api ready", "all ready"),
    ]
    assert f"front door  {stack.settings.front_url}\n" in log
    assert f"curl -i {stack.settings.front_url}/api/v1/" in log
    assert stack.settings.front_url + "/api/docs" in log
    assert "etl        | run serves" in log
    secret = Credentials.load(stack.settings.data_dir).jwt_secret
    bearer = re.search(r"Bearer (\S+)'", log)
    assert bearer is not None
    assert jwt.decode(bearer[1], secret, algorithms=["HS256"])["sub"]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_asked_for_stop_ends_all_in_reverse_order_with_0(
    folder: Path, stack: RunningStack, number: signal.Signals
) -> None:
    until(says(stack, "all ready"), stack)
    stack.process.send_signal(number)
    assert stack.process.wait(15) == 0
    assert (folder / "ended").read_text().split() == ["api", "run"]


def test_a_stop_while_it_is_starting_is_a_stop_too(folder: Path, stack: RunningStack) -> None:
    (folder / "run-sticks").touch()
    until(says(stack, "waiting for etl"), stack)
    assert "GET /readyz answers 503" in stack.log.read_text()
    stack.process.send_signal(signal.SIGINT)
    assert stack.process.wait(15) == 0
    assert gone(pid(folder, "run"))


def test_a_dead_child_is_named_and_started_again_and_the_others_stay(
    folder: Path, stack: RunningStack
) -> None:
    until(says(stack, "all ready"), stack)
    api, etl = pid(folder, "api"), pid(folder, "run")
    os.kill(etl, signal.SIGKILL)
    until(lambda: pid(folder, "run") != etl, stack)
    log = stack.log.read_text()
    assert "etl died (SIGKILL)" in log
    assert "    run serves" in log
    assert pid(folder, "api") == api
    assert not gone(api, within=0.1)


def test_five_deaths_in_a_row_before_it_was_ready_end_the_run(
    folder: Path, settings: Settings
) -> None:
    (folder / "run-fails").touch()
    with supervised(settings, folder / "log", cwd=folder) as stack:
        assert stack.process.wait(20) == 1
        log = stack.log.read_text()
    assert log.count("etl died (exit code 1)") == 5
    assert log.rstrip().endswith("    run has no hope")
    assert "starting api" not in log


def test_a_worker_that_needs_a_person_stays_down_and_all_else_goes_on(
    folder: Path, settings: Settings
) -> None:
    (folder / "run-rests").touch()
    with supervised(settings, folder / "log", cwd=folder) as stack:
        until(says(stack, "all ready"), stack)
        log = stack.log.read_text()
        assert log.count("etl died (exit code 5)") == 1
        assert "    run needs a person" in log
        assert "etl stays down, all else goes on" in log
        assert "starting etl again" not in log
        assert not gone(pid(folder, "api"), within=0.1)


def test_a_step_that_fails_once_is_tried_again(folder: Path, settings: Settings) -> None:
    (folder / "migrate-fails").touch()
    with supervised(settings, folder / "log", cwd=folder) as stack:
        until(says(stack, "migrate died (exit code 1)"), stack)
        (folder / "migrate-fails").unlink()
        until(says(stack, "all ready"), stack)


def test_no_orphan_is_left_when_the_supervisor_is_killed(folder: Path, stack: RunningStack) -> None:
    until(says(stack, "all ready"), stack)
    children = [pid(folder, "api"), pid(folder, "run")]
    stack.process.kill()
    assert all(gone(child) for child in children)


def test_no_worker_of_nginx_holds_its_port_when_the_supervisor_is_killed(
    folder: Path, stack: RunningStack
) -> None:
    until(says(stack, "all ready"), stack)
    master = _process("nginx: master", str(folder))
    workers = list(map(int, Path(f"/proc/{master}/task/{master}/children").read_text().split()))
    assert workers
    stack.process.kill()
    assert all(gone(process) for process in [master, *workers])
    assert is_free(stack.settings.nginx_port)


def test_a_second_ctrl_c_kills_at_once(folder: Path, stack: RunningStack) -> None:
    until(says(stack, "all ready"), stack)
    children = [pid(folder, "api"), pid(folder, "run")]
    (folder / "ended").mkdir()  # the stand-ins fail to write there, and do not end
    stack.process.send_signal(signal.SIGINT)
    until(says(stack, "asked to stop"), stack)
    stack.process.send_signal(signal.SIGINT)
    assert stack.process.wait(5) == 130
    assert all(gone(child) for child in children)


def test_a_busy_port_is_an_error_before_anything_starts(folder: Path, settings: Settings) -> None:
    with (
        socket.create_server((HOST, settings.metrics_port + 1)),
        supervised(settings, folder / "log", cwd=folder) as stack,
    ):
        assert stack.process.wait(15) == 1
    log = stack.log.read_text()
    assert f"port {settings.metrics_port + 1} (UGC_METRICS_PORT + 1, for metrics of the ETL)" in log
    assert "starting" not in log


def test_a_second_supervisor_on_the_same_folder_is_told_so(
    folder: Path, settings: Settings, stack: RunningStack
) -> None:
    until(says(stack, "starting"), stack)
    with (
        place(folder / "data", **OUTSIDE) as elsewhere,
        supervised(elsewhere, folder / "log-2", cwd=folder) as second,
    ):
        assert second.process.wait(15) == 1
    assert f"another stack (process {stack.process.pid})" in second.log.read_text()
    assert stack.process.poll() is None


def test_a_real_broker_runs_in_it_and_dies_with_it(folder: Path) -> None:
    with (
        place(folder / "data", CH_URL=OUTSIDE["CH_URL"]) as settings,
        supervised(settings, folder / "log", cwd=folder) as stack,
    ):
        until(says(stack, "all ready"), stack, within=60)
        broker = _process("kafka.Kafka", str(folder))
        os.kill(broker, signal.SIGKILL)
        until(says(stack, "kafka died (SIGKILL)"), stack)
        until(lambda: _process("kafka.Kafka", str(folder)), stack)
        broker = _process("kafka.Kafka", str(folder))
        stack.process.kill()
        assert gone(broker)


def _process(*words: str) -> int:
    """The process with all these words in its command line; 0 if there is none."""
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            line = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode()
        except OSError:
            continue
        if all(word in line for word in words):
            return int(entry.name)
    return 0
