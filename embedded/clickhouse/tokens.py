"""The words of a statement, cut as ClickHouse cuts them, or not at all.

What the front refuses, it recognises in these tokens; so a text that the engine might cut in
another way is refused as unreadable, rather than guessed at: nested comments, `#` and `//`
comments, typographic quotes, escapes inside quoted identifiers.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from .errors import SYNTAX_ERROR, ServerError

Kind = Literal["word", "name", "string", "number", "symbol"]

_TOKEN = re.compile(
    r"""
      (?P<space>[ \t\n\r\f\v]+ | --[^\n]* | /\*(?:[^*/]|\*(?!/)|/(?!\*))*\*/ )
    | (?P<word>[A-Za-z_][A-Za-z0-9_$]*)
    | (?P<number>[0-9][A-Za-z0-9_$]*)
    | (?P<string>'(?:[^'\\]|\\.|'')*' | \$(?P<tag>[A-Za-z0-9_]*)\$.*?\$(?P=tag)\$)
    | (?P<name>`[^`\\]*` | "[^"\\]*")
    | (?P<symbol>/(?![/*]) | -(?!-) | [+*%=<>!,.;:()\[\]{}?|&^~@])
    """,
    re.VERBOSE | re.DOTALL,
)

# By the group that closed last; a heredoc's own group closes after its tag's.
_KINDS: dict[str, Kind | None] = {
    "space": None,
    "word": "word",
    "number": "number",
    "string": "string",
    "tag": "string",
    "name": "name",
    "symbol": "symbol",
}


class Unreadable(ServerError):
    """A text this server cannot cut into tokens with certainty."""

    def __init__(self, position: int) -> None:
        super().__init__(
            SYNTAX_ERROR,
            f"Syntax error: failed at position {position + 1}: "
            "this server does not read the text from here.",
            "SYNTAX_ERROR",
        )


@dataclass(frozen=True, slots=True)
class Token:
    """One token: `text` is without quotes for a name; offsets are characters of the statement."""

    kind: Kind
    text: str
    start: int
    end: int

    def is_word(self, *keywords: str) -> bool:
        """Whether this is one of the keywords (given in upper case), unquoted."""
        return self.kind == "word" and self.text.upper() in keywords

    def is_symbol(self, symbol: str) -> bool:
        return self.kind == "symbol" and self.text == symbol

    @property
    def identifier(self) -> str | None:
        """Lower case, for comparing; None for what cannot name anything."""
        return self.text.lower() if self.kind in ("word", "name") else None


def tokens(text: str) -> Iterator[Token]:
    """Cut lazily, without spaces and comments; raises Unreadable where it must stop."""
    at = 0
    while at < len(text):
        found = _TOKEN.match(text, at)
        if found is None:
            raise Unreadable(at)
        start, at = at, found.end()
        kind = _KINDS[found.lastgroup or ""]
        if kind is not None:
            yield Token(kind, found[0][1:-1] if kind == "name" else found[0], start, at)
