import io
from pathlib import Path

import pytest

from embedded import banner
from embedded.console import Console
from embedded.settings import Settings

ISSUER = {"SECURITY_JWT_AUTH_PUBLIC_KEY": "key.pem"}  # no token to make


def shown(data_dir: Path, nginx: Path | None) -> str:
    stream = io.StringIO()
    banner.show(Settings(data_dir, nginx=nginx, environ=ISSUER), Console(stream))
    return stream.getvalue()


@pytest.mark.parametrize(
    ("nginx", "front", "said"),
    [
        (Path("nginx"), "http://127.0.0.1:8088", "front door  http://127.0.0.1:8088\n"),
        (None, "http://127.0.0.1:8000", "front door  none: nginx is not installed"),
    ],
)
def test_people_are_sent_to_the_front_door_where_there_is_one(
    tmp_path: Path, nginx: Path | None, front: str, said: str
) -> None:
    text = shown(tmp_path, nginx)
    assert said in text
    assert f"docs        {front}/api/docs\n" in text
    assert f"\ncurl -i {front}/api/v1/progresses/films/" in text
