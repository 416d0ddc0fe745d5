"""Settings from the environment, read once per process into one frozen object.

A setting is declared where it is used, as a field of a `msgspec.Struct`: its name is the
variable's, its type says what is valid, its description is what the README's table shows.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import TypeVar

import msgspec
from msgspec.structs import fields

S = TypeVar("S", bound=msgspec.Struct)


class InvalidSettings(Exception):
    """The environment does not make valid settings; the text names the variable, not its value."""


def load(kind: type[S], environment: Mapping[str, str]) -> S:
    """Settings of `kind` from `environment`; raises InvalidSettings.

    An empty variable counts as unset. `NAME_FILE` holds the path of a file with the value of
    `NAME`, as container platforms hand over secrets; to set both is an error. Fields without a
    variable's name (upper case) are not read.
    """
    given: dict[str, str] = {}
    for name in variables(kind):
        value, path = environment.get(name, ""), environment.get(f"{name}_FILE", "")
        if value and path:
            raise InvalidSettings(f"{name} and {name}_FILE are both set")
        if path:
            value = _content(name, Path(path))
        if value:
            given[name] = value
    try:
        return msgspec.convert(given, kind, strict=False, dec_hook=lambda to, text: to(text))
    except msgspec.ValidationError as error:
        raise InvalidSettings(_without_value(str(error))) from None


def variables(kind: type[msgspec.Struct]) -> list[str]:
    """The names of the variables that `kind` reads, in the order of its fields."""
    return [field.encode_name for field in fields(kind) if field.encode_name.isupper()]


def _content(name: str, path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8").strip()
    except OSError as error:
        # Without the path: by mistake it may be the secret itself.
        raise InvalidSettings(f"{name}_FILE: {error.strerror}") from None
    except ValueError:
        raise InvalidSettings(f"{name}_FILE: the content is not UTF-8") from None


def _without_value(explained: str) -> str:
    """msgspec's text, without the one thing that it quotes from the environment."""
    what, _, name = explained.rpartition(" - at `$.")
    if what.startswith("Invalid enum value"):
        what = "not one of the values it can have"
    return f"{what} - at `{name}" if name and what else explained
