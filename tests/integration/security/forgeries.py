"""Tokens that attackers make out of what they have: one of their own, and what is public.

Each is said to be a viewer's; none may count. By the reason that the metric names.
"""

import base64
import json
import time
from collections.abc import Callable, Mapping
from uuid import uuid4

from tests.unit.ugc_api.bearer import encoded, signed

Forgery = Callable[[str], str]
"""Of the stack's secret. What an attacker has no secret for is made without it."""

ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
DAY = 24 * 3600


def claims(**more: object) -> dict[str, object]:
    """Of a token that would be good; one given as `...` is left out."""
    given = {"sub": str(uuid4()), "exp": int(time.time()) + 600, **more}
    return {name: claim for name, claim in given.items() if claim is not ...}


def good(secret: str) -> str:
    return signed(claims(), secret=secret)


def with_claims(**more: object) -> Forgery:
    return lambda secret: signed(claims(**more), secret=secret)


def later(**seconds: float) -> Forgery:
    """With times that far from now."""
    return lambda secret: with_claims(**{n: time.time() + s for n, s in seconds.items()})(secret)


def says(text: str) -> Forgery:
    """Good claims, then these: of two equal names the later one counts."""
    return lambda secret: signed(json.dumps(claims())[:-1] + f",{text}}}", secret=secret)


def with_header(**more: object) -> Forgery:
    return lambda secret: signed(claims(), {"alg": "HS256", "typ": "JWT", **more}, secret)


def unsigned(alg: str, signature: str = "") -> Forgery:
    head, body = encoded(json.dumps({"alg": alg}).encode()), encoded(json.dumps(claims()).encode())
    return lambda _: f"{head}.{body}.{signature}"


def by_the_key(key: str, **header: object) -> Forgery:
    """Signed with what the header leads to, if it is followed."""
    return lambda _: signed(claims(), {"alg": "HS256", "typ": "JWT", **header}, key)


def resigned(change: Callable[[bytes], bytes]) -> Forgery:
    """A good token but for the bytes of its signature."""

    def forge(secret: str) -> str:
        rest, _, signature = good(secret).rpartition(".")
        return f"{rest}.{encoded(change(base64.urlsafe_b64decode(signature + '=')))}"

    return forge


def flipped(at: int) -> Forgery:
    return resigned(lambda mac: mac[:at] + bytes([mac[at] ^ 1]) + mac[at + 1 :])


def respelt(change: Callable[[str], str]) -> Forgery:
    """The signature's very bytes, written in another way than base64url has for them."""

    def forge(secret: str) -> str:
        while True:  # until it has a letter that the two alphabets differ in
            rest, _, signature = good(secret).rpartition(".")
            if set("-_") & set(signature[:-1]):
                return f"{rest}.{change(signature)}"

    return forge


def rearranged(order: tuple[int, ...]) -> Forgery:
    return lambda secret: ".".join(good(secret).split(".")[n] for n in order)


SIGNATURES: dict[str, Mapping[str, Forgery]] = {
    "signature": {
        "another secret": by_the_key("x" * 64),
        "an empty secret": by_the_key(""),
        "first bit": flipped(0),
        "middle bit": flipped(16),
        "last bit": flipped(31),
        "a byte less": resigned(lambda mac: mac[:-1]),
        "half": resigned(lambda mac: mac[:16]),
        "none": resigned(lambda mac: b""),
        "a byte more": resigned(lambda mac: mac + b"\0"),
        "twice": resigned(lambda mac: mac + mac),
        "zeros": resigned(lambda mac: bytes(32)),
        "of another token": lambda secret: good(secret)[:-43] + signed(secret="x")[-43:],
        "kid to an empty file": by_the_key("", kid="../../dev/null"),
        "kid to nothing": by_the_key("", kid=""),
        "kid as SQL": by_the_key("evil", kid="x' UNION SELECT 'evil' --"),
        "kid as a command": by_the_key("", kid="|cat /dev/null"),
        "kid to an address": by_the_key("evil", kid="http://127.0.0.1:9/evil"),
        "kid of another key": by_the_key("y" * 64, kid="2"),
    },
    "invalid_algorithm": {"header and claims swapped": rearranged((1, 0, 2))},
    "decode": {
        "standard alphabet": respelt(lambda text: text.replace("-", "+").replace("_", "/")),
        "last bits that do not count": respelt(
            lambda text: text[:-1] + ALPHABET[ALPHABET.index(text[-1]) ^ 1]
        ),
        "letters of no alphabet": respelt(lambda text: text[:9] + "!" + text[9:]),
        "too much padding": respelt(lambda text: text + "=="),
        "without a signature": rearranged((0, 1)),
        "claims alone": rearranged((1,)),
        "five parts": rearranged((0, 1, 2, 1, 2)),
        "a dot more": lambda secret: good(secret) + ".",
        "claims detached": with_header(b64=False),
    },
}
