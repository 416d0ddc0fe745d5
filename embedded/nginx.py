"""The front door's configuration, from the templates in `nginx/` into a folder to run from.

It replaces what the official image's envsubst replaces there, `${UGC_...}`, so that one text
serves both.
"""

import os
import re
from collections.abc import Mapping
from pathlib import Path

from embedded.child import run
from embedded.errors import CannotStart
from embedded.settings import HOST, ROOT, Settings

TEMPLATES = ROOT / "nginx"
SUFFIX = ".template"
LOOPBACK = "127.0.0.0/8 0;"  # as a line of `geo`: not counted
_VARIABLE = re.compile(r"\$\{(UGC_[A-Z_]+)\}")


def values(settings: Settings) -> dict[str, str]:
    """What the templates are filled with in front of this stack's API.

    All who reach it are on loopback: they are exempt, unless a rate was asked for.
    """
    rate = settings.nginx_rate
    return {
        "UGC_NGINX_LISTEN": f"{HOST}:{settings.nginx_port}",
        "UGC_NGINX_UPSTREAM": f"server {HOST}:{settings.http_port};",
        "UGC_NGINX_RATE": str(rate or 1000),
        "UGC_NGINX_BURST": str(2 * (rate or 1000)),
        "UGC_NGINX_EXEMPT": "" if rate else LOOPBACK,
        "UGC_NGINX_RUN": str(folder(settings) / "run"),
        "UGC_CORS_ORIGINS": settings.environ.get("UGC_CORS_ORIGINS", ""),
    }


def folder(settings: Settings) -> Path:
    return settings.data_dir / "nginx"


def render(into: Path, values: Mapping[str, str], templates: Path = TEMPLATES) -> None:
    """Write every template into the folder `into`; KeyError for a variable without a value."""
    (into / "run").mkdir(parents=True, exist_ok=True)
    for template in templates.glob(f"*{SUFFIX}"):
        text = _VARIABLE.sub(lambda found: values[found[1]], template.read_text(encoding="utf-8"))
        (into / template.name.removesuffix(SUFFIX)).write_text(text, encoding="utf-8")


def command(binary: Path, rendered: Path) -> tuple[str, ...]:
    """nginx in the foreground, on the configuration in the folder `rendered`.

    Started by root, its workers stay root: they have to reach a folder that may be root's own.
    """
    user = " user root;" if os.geteuid() == 0 else ""
    return (str(binary), "-c", str(rendered / "nginx.conf"), "-g", f"daemon off;{user}")


async def prepare(binary: Path, into: Path, values: Mapping[str, str]) -> None:
    """Render, and have nginx read it; CannotStart with its words when it does not like it."""
    render(into, values)
    code, said = await run(*command(binary, into), "-t", "-q")
    if code != 0:
        raise CannotStart(f"nginx does not take its configuration:\n{said}")
