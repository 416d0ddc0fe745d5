"""JSON that is kept in the repository: what it lists stands a line each."""

import json
from collections.abc import Mapping
from pathlib import Path


def keep(whole: Mapping[str, object], file: Path) -> None:
    """Lists of the outermost level are cut into lines."""
    file.parent.mkdir(parents=True, exist_ok=True)
    entries = []
    for name, value in whole.items():
        text = json.dumps(value)
        if isinstance(value, list | tuple) and value:
            text = "[\n" + ",\n".join(map(json.dumps, value)) + "\n]"
        entries.append(f"{json.dumps(name)}: {text}")
    file.write_text("{" + ",\n".join(entries) + "}\n")
