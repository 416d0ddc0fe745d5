"""The SQL of clickhouse/README.md."""

import re
import textwrap
from collections.abc import Sequence

from embedded.settings import ROOT

TEXT = (ROOT / "clickhouse" / "README.md").read_text(encoding="utf-8")


def statements(section: str = "") -> Sequence[str]:
    """Of all fenced blocks, or of those under one heading."""
    text = TEXT.partition(f"\n## {section}\n")[2].partition("\n## ")[0] if section else TEXT
    blocks = re.findall(r"^ *```sql\n(.*?)^ *```$", text, re.DOTALL | re.MULTILINE)
    found = ";".join(map(textwrap.dedent, blocks)).split(";")
    return [statement.strip() for statement in found if statement.strip()]
