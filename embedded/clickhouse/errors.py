"""Errors as ClickHouse tells them: a code, a text that repeats it, an HTTP status."""

import re
from collections.abc import Iterable

SYNTAX_ERROR = 62
UNKNOWN_FORMAT = 73
READONLY = 164
ACCESS_DENIED = 497

_CODES_BY_STATUS: dict[int, Iterable[int]] = {
    400: (
        *(6, 8, 15, 25, 26, 27, 36, 37, 38, 41, 44, 53, 62, 72, 117, 123, 167, 168, 223, 321),
        *(376, 427, 441, 675, 676),
    ),
    401: (194,),
    403: (192, 193, 497, 512, 516),
    404: (46, 47, 50, 56, 60, 63, 73, 78, 81, 115, 152, 336, 511),
    408: (159,),
    411: (381,),
    413: (229,),
    415: (779,),
    501: (48,),
    503: (76, 209, 439),
}
_STATUS = {code: status for status, codes in _CODES_BY_STATUS.items() for code in codes}
_CODE = re.compile(r"Code: (\d+)\.")


def status_of(code: int) -> int:
    """The HTTP status a ClickHouse server gives this exception code; 500 when it has no own."""
    return _STATUS.get(code, 500)


class ServerError(Exception):
    """A query that failed: `code` is ClickHouse's, `text` is what the client reads."""

    def __init__(self, code: int, message: str, name: str) -> None:
        self.code = code
        self.text = f"Code: {code}. DB::Exception: {message} ({name})"
        super().__init__(self.text)

    @property
    def status(self) -> int:
        return status_of(self.code)

    @classmethod
    def from_engine(cls, text: str) -> "ServerError":
        """From the engine's own text, which may have words before its first `Code: N.`."""
        found = _CODE.search(text)
        error = cls(int(found[1]) if found else 1001, "", "STD_EXCEPTION")
        error.text = text[found.start() :] if found else f"Code: 1001. DB::Exception: {text}"
        return error


class Refused(ServerError):
    """A statement that a ClickHouse server may run, and this one, for safety, does not."""

    def __init__(self, what: str) -> None:
        super().__init__(ACCESS_DENIED, f"This development server refuses {what}.", "ACCESS_DENIED")
