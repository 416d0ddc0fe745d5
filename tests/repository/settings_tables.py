"""The README's tables of settings, made from the code.

`python -m tests.repository.settings_tables` writes them into the README.
"""

import re
from collections.abc import Mapping

import msgspec
from msgspec.structs import FieldInfo, fields

import embedded.settings
import etl.settings
import ugc_api.settings
from embedded.settings import ROOT

README = ROOT / "README.md"
SETTINGS: Mapping[str, type[msgspec.Struct]] = {
    "ugc_api": ugc_api.settings.Settings,
    "etl": etl.settings.Settings,
    "embedded": embedded.settings.Settings,
}
_TABLE = r"(<!-- settings: {} -->\n)\n?(?:\|[^\n]*\n)*"


def table(kind: type[msgspec.Struct]) -> str:
    rows = ["| variable | default | what |", "|---|---|---|"]
    rows += [
        f"| `{field.encode_name}` | {_default(field)} | {_description(field)} |"
        for field in fields(kind)
        if field.encode_name.isupper()
    ]
    return "\n".join(rows)


def with_tables(text: str) -> str:
    """The README's text with its tables made anew."""
    for name, kind in SETTINGS.items():
        made = table(kind).replace("\\", r"\\")
        text, found = re.subn(_TABLE.format(name), rf"\1\n{made}\n", text)
        assert found == 1, name
    return text


def _default(field: FieldInfo) -> str:
    return "" if field.default == "" else f"`{field.default}`"


def _description(field: FieldInfo) -> str:
    described = msgspec.inspect.type_info(field.type)
    assert isinstance(described, msgspec.inspect.Metadata)
    assert described.extra_json_schema is not None
    return str(described.extra_json_schema["description"])


if __name__ == "__main__":
    README.write_text(with_tables(README.read_text(encoding="utf-8")), encoding="utf-8")
