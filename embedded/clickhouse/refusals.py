"""What this server refuses to run, for every user, with code 497.

The engine lets whoever can query it read and write the machine's files, open connections and
start programs: through table functions, engines, dictionary sources, and a dozen smaller doors.
Loopback keeps other machines away; this keeps a statement inside the database. Wherever the engine
has a list of its own (table functions, engines), everything not known to be harmless is refused,
so that a newer engine brings no new door. Identifiers are compared without case and quotes.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from .errors import SYNTAX_ERROR, Refused, ServerError
from .tokens import Token

# Not generateRandom: a structure in its argument is parsed by the engine, and may hold
# `ALIAS file(...)`. `values` and `null` can have one too, see `_without_structure`.
HARMLESS_TABLE_FUNCTIONS = frozenset(
    {
        *("generateseries", "generate_series", "merge", "mergetreeindex", "mergetreeprojection"),
        *("null", "numbers", "numbers_mt", "primes", "values", "view", "viewifpermitted"),
        *("zeros", "zeros_mt"),
    }
)
HARMLESS_ENGINES = re.compile(
    r"(shared|replicated)?(replacing|summing|aggregating|collapsing|versionedcollapsing|graphite"
    r"|coalescing)?mergetree|merge|memory|null|view|materializedview|atomic|ordinary"
)
# `disk` defines one over any folder or bucket; `file` reads one, `catboostevaluate` loads a model;
# `format` runs the DEFAULT expressions of the structure in its argument; the rest call a service.
DANGEROUS_FUNCTIONS = frozenset(
    {
        *("disk", "file", "format", "eval", "executable", "catboostevaluate"),
        *("aiclassify", "aiembed", "aiextract", "aifilter", "aigenerate", "airedact"),
        *("aisimilarity", "aitranslate"),
    }
)
# To or from the disk that is meant for it. No SETTINGS: they name other places (base_backup,
# storage_policy), and take every setting that is refused below.
_BACKUP_PLACE = re.compile(
    r"(TO|FROM) DISK \( 'backups' , '[A-Za-z0-9_-][A-Za-z0-9._-]*' \)( ASYNC)?"
)
# These change the language, put a part of the query into a string, or name files to be read;
# log_comment is how this server finds a query that it must cancel.
DANGEROUS_SETTINGS = re.compile(
    r"dialect|implicit_select|log_comment|url_base|additional_(table_filters|result_filter)"
    r"|parallel_replicas_custom_key|format_(schema|template|avro).*|ai_.*"
    r"|input_format_values_(interpret|deduce_templates_of)_expressions"
)

_READS = "SELECT WITH FROM SHOW DESCRIBE DESC EXISTS EXPLAIN CHECK"
_WRITES = "INSERT DELETE UPDATE TRUNCATE OPTIMIZE"
_CHANGES = "CREATE REPLACE ALTER ATTACH DETACH DROP UNDROP RENAME EXCHANGE"
_STATEMENTS = frozenset(f"{_READS} {_WRITES} {_CHANGES} SET USE KILL SYSTEM".split())
_REFUSED_STATEMENTS = frozenset(
    {
        *("GRANT", "REVOKE", "EXECUTE", "COPY", "MOVE", "BEGIN", "COMMIT", "ROLLBACK", "WATCH"),
    }
)
_CREATED = frozenset({"TABLE", "VIEW", "MATERIALIZED", "DATABASE", "DICTIONARY"})
_SYSTEM = (("FLUSH",), ("REFRESH", "VIEW"), ("WAIT", "VIEW"))


@dataclass(frozen=True)
class Screen:
    """The refusals, against the lists of one engine (lower case)."""

    table_functions: frozenset[str]
    engines: frozenset[str]

    def statement(self, found: Sequence[Token]) -> None:
        """Raises Refused, or ServerError 62 for what no statement begins with."""
        if found[0].is_word("BACKUP", "RESTORE"):
            return _own_backup(found)
        self._beginning(found)
        self.expressions(found)
        if found[0].is_word("CREATE", "REPLACE", "ATTACH", "ALTER"):
            self._definition(found)
        if found[0].is_word("SYSTEM"):
            words = tuple(token.text.upper() for token in found[1:3])
            if not any(words[: len(allowed)] == allowed for allowed in _SYSTEM):
                raise Refused("SYSTEM statements, except FLUSH, REFRESH VIEW and WAIT VIEW")

    def expressions(self, found: Sequence[Token]) -> None:
        """The part of it that also holds for the expressions in an insert's VALUES."""
        for at, (token, following) in enumerate(pairwise(found)):
            if what := _refused_words(token, following):
                raise Refused(what)
            if following.is_symbol("("):
                self._function(token)
                if not _without_structure(token.identifier, found[at + 2 :]):
                    raise Refused(f"a structure in {token.text}()")
            if following.is_symbol("=") and token.identifier:
                self.setting(token.identifier)

    def setting(self, name: str) -> None:
        """Raises Refused for a setting that would undo these refusals."""
        if DANGEROUS_SETTINGS.fullmatch(name.lower()):
            raise Refused(f"the setting {name}")

    def _beginning(self, found: Sequence[Token]) -> None:
        first = found[0]
        word = first.text.upper()
        if word in _REFUSED_STATEMENTS:
            raise Refused(f"{word} statements")
        if not (first.is_symbol("(") or first.is_word(*_STATEMENTS)):
            raise ServerError(
                SYNTAX_ERROR,
                f"Syntax error: failed at position {first.start + 1} ({first.text[:40]}): "
                "no statement begins so.",
                "SYNTAX_ERROR",
            )
        if any(
            token.is_word("INSERT") and following.is_word("INTO")
            for token, following in pairwise(found[1:])
        ):
            raise Refused("INSERT inside another statement")

    def _function(self, token: Token) -> None:
        name = token.identifier
        if name is None:
            # `1file(` and `{name:Identifier}(`: the engine may see a call where we cannot.
            if token.kind == "number" or token.is_symbol("}"):
                raise Refused("a call of something that is no plain name")
            return
        listed = name in self.table_functions and name not in HARMLESS_TABLE_FUNCTIONS
        if listed or name in DANGEROUS_FUNCTIONS:
            raise Refused(f"the function {token.text}")

    def _definition(self, found: Sequence[Token]) -> None:
        if not found[0].is_word("ALTER"):
            _created_object(found)
        elif not any(token.is_word("TABLE", "DATABASE") for token in found[1:3]):
            raise Refused("ALTER of anything but tables and databases")
        for at, token in enumerate(found):
            rest = found[at + 1 :]
            if token.is_word("ENGINE"):
                self._engine(rest)
            if token.is_word("SOURCE") and rest and rest[0].is_symbol("("):
                _dictionary_source(rest[1:])

    def _engine(self, rest: Sequence[Token]) -> None:
        # `ENGINE = X` and `ENGINE X`; but a view may also read a column of this name.
        assigned = bool(rest) and rest[0].is_symbol("=")
        name = rest[assigned].identifier if len(rest) > assigned else None
        if name and HARMLESS_ENGINES.fullmatch(name):
            return
        if assigned or name in self.engines:
            raise Refused(f"the engine {name}")


def _own_backup(found: Sequence[Token]) -> None:
    """`BACKUP DATABASE x TO Disk('backups', 'name') ASYNC`, `TABLE x.y` too; RESTORE alike."""
    at = 5 if len(found) > 3 and found[3].is_symbol(".") else 3
    place = [t.text.upper() if t.kind == "word" else t.text for t in found[at:] if t.kind != "name"]
    if not (
        _BACKUP_PLACE.fullmatch(" ".join(place))
        and len(found) == at + len(place)
        and found[1].is_word("DATABASE", "TABLE")
        and all(token.identifier for token in found[2:at:2])
        and found[at].is_word("TO" if found[0].is_word("BACKUP") else "FROM")
    ):
        raise Refused("BACKUP and RESTORE, except of one object, to or from Disk('backups', name)")


def _without_structure(name: str | None, arguments: Sequence[Token]) -> bool:
    first = arguments[0] if arguments else None
    if name == "values":
        return first is not None and (first.is_symbol("(") or first.kind == "number")
    return name != "null" or (first is not None and first.is_symbol(")"))


def _refused_words(token: Token, following: Token) -> str | None:
    if token.is_word("INTO") and following.is_word("OUTFILE"):
        return "INTO OUTFILE"
    if token.is_word("FROM") and following.is_word("INFILE"):
        return "FROM INFILE"
    if token.is_word("INTO", "TABLE") and following.is_word("FUNCTION"):
        return "INSERT INTO FUNCTION"
    if token.is_word("FETCH") and following.is_word("PARTITION", "PART"):
        return "FETCH PARTITION"
    if token.is_word("PARALLEL") and following.is_word("WITH"):
        return "PARALLEL WITH"
    return None


def _created_object(found: Sequence[Token]) -> None:
    modifiers = ("OR", "REPLACE", "TEMPORARY")
    objects = [token for token in found[1:5] if not token.is_word(*modifiers)]
    if not objects or not objects[0].is_word(*_CREATED):
        raise Refused("to create anything but tables, views, databases and dictionaries")
    if found[0].is_word("ATTACH") and any(
        # It would move the folder into the database.
        token.is_word("FROM") and following.kind == "string"
        for token, following in pairwise(found)
    ):
        raise Refused("ATTACH ... FROM a path")


def _dictionary_source(rest: Sequence[Token]) -> None:
    """After `SOURCE(`: a table of this database, or nothing. No host, no query in a string."""
    if rest and rest[0].identifier == "null":
        return
    keys = [token.identifier for token in rest[2:]]
    if rest and rest[0].identifier == "clickhouse" and ")" in [token.text for token in rest]:
        end = next(at for at, token in enumerate(rest[2:]) if token.is_symbol(")"))
        if set(keys[:end:2]) <= {"table", "db"} and end % 2 == 0:
            return
    raise Refused("dictionary sources other than a local table")
