"""What a request asks for: one statement, or an insert whose rows follow its head.

An insert's rows never reach the engine as SQL. The engine would split them at a blank line and
run the rest, so they are cut off here, at exactly the byte where a ClickHouse server begins to
read data, and go another way.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from .errors import SYNTAX_ERROR, UNKNOWN_FORMAT, ServerError
from .tokens import Token, tokens

_FORMAT = re.compile(r"\w+", re.ASCII)
_AFTER_FORMAT = re.compile(r"[ \t\f]*\r?\n?")


@dataclass(frozen=True)
class Insert:
    """An INSERT that brings rows."""

    head: str
    """The statement without FORMAT or VALUES."""
    format: str
    data_at: int
    """Where the rows begin, in characters of the text it was found in."""
    tokens: tuple[Token, ...]
    """Of the head."""

    def of_file(self, path: str) -> str:
        """The same insert, its rows from a file that the engine reads. Raises ServerError 62 and
        73."""
        if any(token.is_symbol(";") for token in self.tokens):
            raise ServerError(
                SYNTAX_ERROR, "Syntax error: Multi-statements are not allowed.", "SYNTAX_ERROR"
            )
        if not _FORMAT.fullmatch(self.format):  # nothing else of the text may become SQL
            raise ServerError(UNKNOWN_FORMAT, f"Unknown format {self.format}.", "UNKNOWN_FORMAT")
        settings = next(
            (
                token.start
                for at, token in enumerate(self.tokens)
                if token.is_word("SETTINGS") and _closes_head(self.tokens[:at])
            ),
            len(self.head),
        )
        return (
            f"{self.head[:settings]} FROM INFILE '{path}' COMPRESSION 'none' "
            f"{self.head[settings:]} FORMAT {self.format}"
        )


@dataclass(frozen=True)
class Statement:
    """Any other statement, complete, and alone."""

    text: str
    tokens: tuple[Token, ...]
    format: str | None
    """The output format that its FORMAT clause names."""

    @property
    def is_insert(self) -> bool:
        return bool(self.tokens) and self.tokens[0].is_word("INSERT")


def find_insert(text: str) -> Insert | None:
    """The insert with rows that the text begins with, if it does; the rows are not looked at.

    An `INSERT ... SELECT`, an insert cut off before its FORMAT or VALUES, and anything else is
    None. Raises Unreadable.
    """
    seen: list[Token] = []
    for token in tokens(text):
        if not seen and not token.is_word("INSERT"):
            return None
        if token.is_word("SELECT", "WITH") and not _names_a_table(seen):
            return None
        if seen and seen[-1].is_word("FORMAT") and _closes_head(seen[:-1]):
            head = text[: seen[-1].start]
            spaces = _AFTER_FORMAT.match(text, token.end)
            data_at = spaces.end() if spaces else token.end
            return Insert(head, token.text, data_at, tuple(seen[:-1]))
        if token.is_word("VALUES") and _closes_head(seen):
            return Insert(text[: token.start], "Values", token.end, tuple(seen))
        seen.append(token)
    return None


def _names_a_table(before: Sequence[Token]) -> bool:
    return before[-1].is_word("INTO", "TABLE") or before[-1].is_symbol(".")


def _closes_head(before: Sequence[Token]) -> bool:
    """Whether FORMAT, VALUES or SETTINGS after these tokens is the keyword: not in the list of
    columns, and not itself the table's name."""
    depth = sum(token.is_symbol("(") - token.is_symbol(")") for token in before)
    return depth == 0 and len(before) > 2 and not _names_a_table(before)


def read_statement(text: str) -> Statement:
    """Raises Unreadable, and ServerError 62 for none, for several, and for an unclear insert."""
    found = list(tokens(text))
    while found and found[-1].is_symbol(";"):
        found.pop()
    if not found:
        raise ServerError(SYNTAX_ERROR, "Syntax error: empty query.", "SYNTAX_ERROR")
    refuse_several(found)
    statement = Statement(text[: found[-1].end], tuple(found), _output_format(found))
    if statement.is_insert and (
        statement.format or not any(token.is_word("SELECT") for token in found)
    ):
        raise ServerError(
            SYNTAX_ERROR,
            "Syntax error: an INSERT takes either SELECT, or FORMAT or VALUES and rows.",
            "SYNTAX_ERROR",
        )
    return statement


def refuse_several(found: Sequence[Token]) -> None:
    """Raises ServerError 62 when something follows a semicolon."""
    end = next((at for at, token in enumerate(found) if token.is_symbol(";")), len(found))
    if not all(token.is_symbol(";") for token in found[end:]):
        raise ServerError(
            SYNTAX_ERROR, "Syntax error: Multi-statements are not allowed.", "SYNTAX_ERROR"
        )


def _output_format(found: Sequence[Token]) -> str | None:
    depth = 0
    format_name = None
    for token, following in pairwise(found):
        depth += token.is_symbol("(") - token.is_symbol(")")
        if depth == 0 and token.is_word("FORMAT") and following.kind in ("word", "name"):
            format_name = following.text
    return format_name
