"""Tables of pages that are made from results: each stands under a comment with its name."""

import re
from collections.abc import Mapping

_TABLE = r"(<!-- {} -->\n)\n?(?:\|[^\n]*\n)*"


def with_tables(page: str, made: Mapping[str, str]) -> str:
    """The page with these tables, by name, in the place of those that it had. Raises ValueError."""
    for name, table in made.items():
        page, found = re.subn(_TABLE.format(name), rf"\1\n{table.rstrip()}\n", page)
        if found != 1:
            raise ValueError(f"the page has no place for: {name}")
    return page
