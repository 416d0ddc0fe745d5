"""Who asks. The engine knows no passwords, so the front checks them."""

import hmac
from collections.abc import Mapping
from dataclasses import dataclass

from .errors import ServerError

AUTHENTICATION_FAILED = 516


@dataclass(frozen=True)
class User:
    """A user and what the front makes the engine do for it."""

    name: str
    readonly: bool
    final: bool
    """Reads are exact by default: each SELECT sees its tables as with FINAL."""


_KNOWN = {
    "default": User("default", readonly=False, final=True),
    # Writers must not pay for FINAL in what they read back, and views filled by their inserts
    # must see the block as it is.
    "etl_writer": User("etl_writer", readonly=False, final=False),
    "migrator": User("migrator", readonly=False, final=False),
    "api_reader": User("api_reader", readonly=True, final=True),
    "analyst": User("analyst", readonly=True, final=True),
}


class Users:
    """Those for whom a password was given, an empty one included."""

    def __init__(self, passwords: Mapping[str, str]) -> None:
        self._passwords = dict(passwords)

    def authenticate(self, name: str, password: str) -> User:
        """Raises ServerError 516; neither its text nor its time tells which part was wrong."""
        expected = self._passwords.get(name)
        same = hmac.compare_digest(_bytes(password), _bytes(expected or ""))
        if expected is None or not same:
            raise ServerError(
                AUTHENTICATION_FAILED,
                f"{name}: Authentication failed: password is incorrect, "
                "or there is no user with such name.",
                "AUTHENTICATION_FAILED",
            )
        return _KNOWN[name]


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")
