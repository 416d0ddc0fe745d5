"""From a request to its result: what it is, whether it may run, and how it runs.

An insert is stored when `run_query` returns for it, and not before its body is known to be whole:
a body cut off, broken or too long stores nothing.
"""

import asyncio
from collections.abc import Coroutine, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from .body import Body, ClientLeft, Receive, client_left
from .engine import Connection, Result
from .errors import READONLY, SYNTAX_ERROR, ServerError
from .refusals import Screen
from .requests import Request
from .spool import Spool
from .statements import Insert, Statement, find_insert, read_statement, refuse_several
from .tokens import Unreadable, tokens
from .users import User

HEAD_BYTES = 256 << 10
"""In which an insert must come to its FORMAT or VALUES."""
MAX_STATEMENT_BYTES = 1 << 20
MAX_RESULT_BYTES = 128 << 20
"""Of a result before formatting: it is held whole, and the engine takes about four times it."""

# The engine stores whole blocks as they fill up, whatever becomes of the rest of the body. So an
# insert is one block: it is stored when it is finished, or not at all.
_ONE_BLOCK = {
    "max_insert_block_size": str(1 << 30),
    "min_insert_block_size_rows": str(1 << 30),
    "min_insert_block_size_bytes": str(1 << 40),
}
_VALUES_ARE_LITERALS = {
    "input_format_values_interpret_expressions": "0",
    "input_format_values_deduce_templates_of_expressions": "0",
}
_VALUES_ARE_EXPRESSIONS = dict.fromkeys(_VALUES_ARE_LITERALS, "1")

Kind = Literal["read", "write", "insert"]


@dataclass(frozen=True)
class Answer:
    kind: Kind
    result: Result
    format: str


@dataclass
class Query:
    """One request on its connection; `kind` is known once it was looked at."""

    request: Request
    user: User
    screen: Screen
    connection: Connection
    kind: Kind = "read"

    async def run(self, body: Body, receive: Receive) -> Answer:
        """Raises ServerError, and ClientLeft when nobody waits for the answer any more."""
        rows, text = b"", self.request.query
        insert = find_insert(text) if text else None
        if insert is not None:
            # A server reads the body after the query and a line feed, which ends the head.
            rest = text[insert.data_at :]
            rows = _bytes(rest + "\n") if rest else b""
        else:
            prefix = _bytes(text + "\n") if text else b""
            window = prefix + await body.up_to(HEAD_BYTES)
            text = window.decode("utf-8", "surrogateescape")
            insert = find_insert(text)
            if insert is not None:
                rows = _bytes(text[insert.data_at :])
            elif len(window) >= HEAD_BYTES:
                window += await body.up_to(MAX_STATEMENT_BYTES)
                text = window.decode("utf-8", "surrogateescape")
        if insert is not None:
            return await self._insert(insert, rows, body)
        if len(text) > MAX_STATEMENT_BYTES:
            raise ServerError(
                SYNTAX_ERROR, "Syntax error: Max query size exceeded.", "SYNTAX_ERROR"
            )
        return await self._statement(read_statement(text), receive)

    async def _insert(self, insert: Insert, rows: bytes, body: Body) -> Answer:
        self.kind = "insert"
        self.screen.statement(insert.tokens)
        self._must_write()
        own = {**_ONE_BLOCK, **_VALUES_ARE_LITERALS}
        if insert.format.lower() == "values":
            rows += await body.up_to(HEAD_BYTES - len(rows))
            if body.ended and self._harmless_values(rows):
                own |= _VALUES_ARE_EXPRESSIONS
        await self._prepare(own)
        with Spool() as spool:
            spool.append(rows)
            async for piece in body:
                spool.append(piece)
            result = await self.connection.insert(insert.of_file(spool.path))
        return Answer("insert", result, insert.format)

    def _harmless_values(self, rows: bytes) -> bool:
        """Whether VALUES may be expressions, as they may call functions: only when all of them
        can be read here. Otherwise they must be literals."""
        try:
            found = list(tokens(rows.decode("utf-8", "surrogateescape")))
        except Unreadable:
            return False
        self.screen.expressions(found)
        refuse_several(found)
        return True

    async def _statement(self, statement: Statement, receive: Receive) -> Answer:
        self.screen.statement(statement.tokens)
        await self._prepare({"max_result_bytes": str(MAX_RESULT_BYTES)})
        query_class, count = await self.connection.classify(statement.text)
        if count > 1 or (count == 0 and statement.is_insert):
            raise ServerError(
                SYNTAX_ERROR, "Syntax error: Multi-statements are not allowed.", "SYNTAX_ERROR"
            )
        if query_class != "READ_ONLY" and count:
            self.kind = "write"
            self._must_write()
        output_format = self.request.default_format
        result = await _while_client_waits(
            self.connection.run(statement.text, output_format), receive
        )
        return Answer(self.kind, result, statement.format or output_format)

    def _must_write(self) -> None:
        if self.request.method != "POST":
            raise ServerError(
                READONLY,
                "Cannot execute query in readonly mode. For queries over HTTP, method GET implies "
                "readonly. You should use method POST for modifying queries.",
                "READONLY",
            )
        if self.user.readonly:
            raise ServerError(READONLY, "Cannot execute query in readonly mode.", "READONLY")

    async def _prepare(self, own: dict[str, str]) -> None:
        """Set what the request asks for, with readonly last in the same statement: nothing can be
        set after it, and each statement is some tenths of a millisecond."""
        for name in self.request.settings:
            self.screen.setting(name)
        if self.request.database:
            await self.connection.use(self.request.database)
        final = {"final": "1"} if self.user.final else {}
        readonly = "1" if self.user.readonly else self.request.readonly
        last = {} if readonly is None else {"readonly": readonly}
        await self.connection.set({**own, **final, **self.request.settings, **last})

    def names_set(self) -> Sequence[str]:
        """What a session must forget after this request."""
        return [name for name in self.request.settings if not name.startswith("param_")]


async def _while_client_waits(running: Coroutine[Any, Any, Result], receive: Receive) -> Result:
    """The result, or ClientLeft after the query has been cancelled."""
    query = asyncio.ensure_future(running)
    gone = asyncio.ensure_future(client_left(receive))
    try:
        await asyncio.wait({query, gone}, return_when=asyncio.FIRST_COMPLETED)
        if query.done():
            return query.result()
        raise ClientLeft
    finally:
        gone.cancel()
        if not query.done():
            query.cancel()
            await asyncio.wait({query})


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")
