"""What tokens are verified with: keys of one algorithm, by the names that tokens call them."""

from typing import Any, NamedTuple, Protocol


class Key(NamedTuple):
    """What PyJWT verifies with; the fingerprint tells it from every other key."""

    fingerprint: bytes
    material: Any


class UnknownKey(Exception):
    """No key of that name, as far as is known now. `issued_at` is what the token says of itself,
    unverified: seconds, 0 if it does not."""

    def __init__(self, issued_at: float = 0.0) -> None:
        super().__init__()
        self.issued_at = issued_at


class Keys(Protocol):
    """One key for good (`configured`), or an issuer's as they are now (`issuer`)."""

    def named(self, kid: str | None) -> Key:
        """The key that a token's header names. Raises UnknownKey."""

    def holds(self, key: Key) -> bool:
        """Whether what was verified with it still counts."""

    async def ask_again(self, issued_at: float) -> bool:
        """Wait a moment for newer keys, where there may be some. Whether it is certain then that
        no key of a token issued at that time is missing."""

    def missing(self) -> list[str]:
        """What keeps tokens from being verified at all; empty = nothing."""
