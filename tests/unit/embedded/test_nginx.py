"""The front door's configuration and place in the stack, before any nginx runs."""

import re
from pathlib import Path

import pytest

from embedded import nginx
from embedded.child import Child
from embedded.errors import CannotStart
from embedded.settings import Settings, find_nginx
from embedded.stack import Stack


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings.from_environment(
        {
            "UGC_DATA_DIR": str(tmp_path),
            "UGC_NGINX_PORT": "7001",
            "UGC_HTTP_PORT": "7002",
            "KAFKA_BOOTSTRAP_SERVERS": "k:1",
            "CH_URL": "http://c:1",
            "UGC_CORS_ORIGINS": "https://films.example",
        }
    )


def rendered(settings: Settings) -> dict[str, str]:
    nginx.render(nginx.folder(settings), nginx.values(settings))
    return {file.name: file.read_text() for file in nginx.folder(settings).glob("*.conf")}


def test_every_variable_of_ours_is_filled_in_and_none_of_nginxs(settings: Settings) -> None:
    files = rendered(settings)
    assert {f"{name}{nginx.SUFFIX}" for name in files} == {
        template.name for template in nginx.TEMPLATES.glob("*.template")
    }
    text = "".join(files.values())
    assert "${" not in text
    assert "$request_id" in text
    assert f'"{settings.data_dir}/nginx/run/pid"' in text


def test_the_variables_are_those_that_the_first_lines_explain() -> None:
    used = set(
        re.findall(r"\$\{(\w+)\}", "".join(map(Path.read_text, nginx.TEMPLATES.glob("*.template"))))
    )
    main = (nginx.TEMPLATES / "nginx.conf.template").read_text()
    assert set(re.findall(r"^#   (UGC_\w+)", main, re.MULTILINE)) == used


def test_a_variable_without_a_value_is_an_error(settings: Settings, tmp_path: Path) -> None:
    with pytest.raises(KeyError, match="UGC_"):
        nginx.render(tmp_path / "out", {})


def test_it_stands_before_the_api_of_its_stack_on_loopback(settings: Settings) -> None:
    server = rendered(settings)["server.conf"]
    assert "listen 127.0.0.1:7001 default_server;" in server
    assert "server 127.0.0.1:7002;" in server
    assert "https://films.example" in rendered(settings)["problems.conf"]


def test_loopback_is_exempt_unless_a_rate_is_asked_for(tmp_path: Path) -> None:
    unlimited = rendered(Settings(tmp_path))
    assert "127.0.0.0/8 0;" in unlimited["rate.conf"]
    limited = rendered(Settings(tmp_path, nginx_rate=7))
    assert "127.0.0.0/8" not in limited["rate.conf"]
    assert "rate=7r/s" in limited["rate.conf"]
    assert "burst=14 " in limited["server.conf"]


@pytest.fixture
def binary(tmp_path: Path) -> Path:
    found = tmp_path / "bin" / "nginx"
    found.parent.mkdir()
    found.write_text("#!/bin/sh\n")
    found.chmod(0o755)
    return found


def test_the_path_is_searched_first(binary: Path) -> None:
    assert find_nginx({"PATH": str(binary.parent)}) == binary


async def test_it_comes_last_and_goes_first(settings: Settings) -> None:
    started: list[str] = []

    async def bring_up(child: Child) -> None:
        started.append(child.name)

    stack = Stack.of(settings)
    await stack.start(bring_up)
    assert started[-2:] == ["api", "nginx"]


def test_without_a_binary_the_front_is_the_api_itself(tmp_path: Path) -> None:
    place = Settings(tmp_path, http_port=7002, external_kafka="k:1", external_clickhouse="http://c")
    assert place.front_url == place.api_url == "http://127.0.0.1:7002"
    assert Stack.of(place).nginx == ()


def test_port_0_is_a_stack_without_it() -> None:
    place = Settings.from_environment({"UGC_NGINX_PORT": "0", "UGC_HTTP_PORT": "7002"})
    assert (place.nginx, place.front_url) == (None, "http://127.0.0.1:7002")


def test_with_one_the_front_is_nginx(settings: Settings) -> None:
    assert settings.front_url == "http://127.0.0.1:7001"


async def test_what_nginx_does_not_take_is_told_in_its_words(settings: Settings) -> None:
    assert settings.nginx is not None
    values = {**nginx.values(settings), "UGC_NGINX_UPSTREAM": "servers 127.0.0.1:1;"}
    with pytest.raises(CannotStart, match='unknown directive "servers"'):
        await nginx.prepare(settings.nginx, settings.data_dir / "nginx", values)
