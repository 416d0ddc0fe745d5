"""Every token that is refused, with the reason that the metric counts."""

import base64
import functools
from collections.abc import Callable

import jwt
import pytest

from tests.unit.ugc_api.bearer import (
    NOW,
    SECRET,
    VIEWER,
    claims,
    encoded,
    issued,
    key_of,
    pem_of,
    settings,
    signed,
    tokens_of,
)
from ugc_api.access.tokens import MAX_TOKEN_BYTES, InvalidToken, Tokens

Token = Callable[[], str]
DAY = 24 * 3600


def says(text: str) -> Token:
    """A valid token but for `text` at the end of its claims; of two the later counts."""
    return lambda: signed(f'{{"sub":"{VIEWER}","exp":{NOW + 3600:.0f},{text}}}')


def with_claims(**more: object) -> Token:
    return lambda: signed(claims(**more))


def with_header(**more: object) -> Token:
    return lambda: signed(header={"alg": "HS256", "typ": "JWT", **more})


def unsigned(alg: str) -> Token:
    head = encoded(f'{{"alg":"{alg}","typ":"JWT"}}'.encode())
    return lambda: ".".join((head, signed().split(".")[1], ""))


def changed(part: int, change: Callable[[str], str]) -> Token:
    def make() -> str:
        parts = signed().split(".")
        parts[part] = change(parts[part])
        return ".".join(parts)

    return make


def flipped(text: str) -> str:
    """With the first six bits of what it encodes inverted."""
    data = bytearray(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    data[0] ^= 0xFC
    return encoded(bytes(data))


def with_an_attackers_key() -> str:
    mine = key_of("ES256")
    jwk = jwt.get_algorithm_by_name("ES256").to_jwk(mine.public_key(), as_dict=True)
    return jwt.encode(claims(), mine, algorithm="ES256", headers={"jwk": jwk})


REFUSED: dict[str, dict[str, Token]] = {
    "decode": {
        "one word": lambda: "token",
        "two dots": lambda: "..",
        "no signature": lambda: signed().rpartition(".")[0],
        "five parts, as encrypted ones have": lambda: signed() + ".x.y",
        "garbage base64 header": changed(0, lambda part: "?" + part),
        "garbage base64 signature": changed(2, lambda _: "a"),
        "header of 5000 brackets": lambda: encoded(b"[" * 5000) + ".e30.AAAA",
        "header a list": lambda: signed(header="[]"),
        "header no JSON": lambda: signed(header="{"),
        "claims no JSON": lambda: signed("{"),
        "claims a list": lambda: signed("[]"),
        "claims of 1500 brackets": says('"x":' + "[" * 1500 + "]" * 1500),
        "claims not UTF-8": lambda: signed('{"\udcff":1}'),
        "8 KiB exactly": lambda: "x" * MAX_TOKEN_BYTES,
        "not ASCII": lambda: "tökén",
    },
    "too_long": {
        "a byte above 8 KiB": lambda: "x" * (MAX_TOKEN_BYTES + 1),
        "well signed": with_claims(extra="x" * 9000),
    },
    "signature": {
        "another key": lambda: signed(secret=SECRET[::-1]),
        "empty": changed(2, lambda _: ""),
        "truncated": changed(2, lambda part: part[:-3]),
        "mutated": changed(2, flipped),
        "other claims": changed(1, lambda _: encoded(b'{"sub":"' + bytes(36) + b'"}')),
        "of another digest": lambda: signed(digest="sha512"),
    },
    "invalid_algorithm": {
        "none": unsigned("none"),
        "None": unsigned("None"),
        "empty": unsigned(""),
        "lower case": lambda: signed(header={"alg": "hs256"}),
        "HS384": lambda: signed(header={"alg": "HS384"}, digest="sha384"),
        "HS512": lambda: signed(header={"alg": "HS512"}, digest="sha512"),
        "RS256, signed with the secret": lambda: signed(header={"alg": "RS256"}),
        "RS256": lambda: issued("RS256"),
        "ES256 with its key beside it": with_an_attackers_key,
        "a list": lambda: signed(header={"alg": ["HS256"]}),
        "absent": lambda: signed(header={"typ": "JWT"}),
    },
    "header": {
        "jwk": with_header(jwk={"kty": "oct", "k": "AAAA"}),
        "jku": with_header(jku="https://evil.example/keys"),
        "x5u": with_header(x5u="https://evil.example/chain"),
        "x5c": with_header(x5c=["AAAA"]),
    },
    "type": {
        "dpop+jwt": with_header(typ="dpop+jwt"),
        "logout+jwt": with_header(typ="logout+jwt"),
        "JWE": with_header(typ="JWE"),
        "empty": with_header(typ=""),
        "text None": with_header(typ="None"),
        "list": with_header(typ=["JWT"]),
        "number": with_header(typ=1),
    },
    "refresh_token": {
        "type": with_claims(type="refresh"),
        "token_use": with_claims(token_use="Refresh"),
        "type, whatever its use": with_claims(type="refresh", token_use="access"),
    },
    "missing_required_claim": {
        "no exp": with_claims(exp=...),
        "exp null": with_claims(exp=None),
        "no sub": with_claims(sub=...),
        "sub null": with_claims(sub=None),
        "nothing": lambda: signed("{}"),
    },
    "expired": {
        "just now": with_claims(exp=NOW - 10),
        "long ago": with_claims(exp=0),
        "negative": with_claims(exp=-1),
        "negative beyond 64 bits": with_claims(exp=-(10**30)),
    },
    "lifetime": {
        "31 days and a second": with_claims(exp=NOW + 31 * DAY + 1),
        "milliseconds": with_claims(exp=NOW * 1000),
        "1e300": says('"exp":1e300'),
    },
    "not_yet_valid": {
        "nbf": with_claims(nbf=NOW + 11),
        "iat": with_claims(iat=NOW + 11),
        "nbf 1e300": says('"nbf":1e300'),
    },
    "malformed": {
        "exp as text": with_claims(exp=str(NOW + 60)),
        "exp as bool": with_claims(exp=True),
        "exp as list": with_claims(exp=[NOW + 60]),
        "exp 1e400": says('"exp":1e400'),
        "exp of 401 digits": says('"exp":1' + "0" * 400),
        "exp NaN": says('"exp":NaN'),
        "exp Infinity": says('"exp":Infinity'),
        "nbf null": with_claims(nbf=None),
        "nbf as text": with_claims(nbf="0"),
        "iat NaN": says('"iat":NaN'),
        "iat -1e400": says('"iat":-1e400'),
    },
    "subject": {
        "no UUID": with_claims(sub="me"),
        "empty": with_claims(sub=""),
        "half a surrogate pair": says(r'"sub":"\ud800"'),
        "UUID and more": with_claims(sub=f"{VIEWER} "),
    },
    "invalid_subject": {
        "integer": with_claims(sub=5),
        "object": with_claims(sub={"id": str(VIEWER)}),
    },
}


@functools.cache
def tokens() -> Tokens:
    return tokens_of(settings())


@pytest.mark.parametrize(
    ("make", "reason"),
    [
        pytest.param(make, reason, id=f"{reason}-{name}")
        for reason, cases in REFUSED.items()
        for name, make in cases.items()
    ],
)
def test_it_is_refused_for_its_reason(make: Token, reason: str) -> None:
    with pytest.raises(InvalidToken) as caught:
        tokens().viewer(b"Bearer " + make().encode())
    assert caught.value.reason == reason


@pytest.mark.parametrize("crit", [["exp"], ["b64"], [], "exp"])
def test_critical_extensions_are_refused(crit: object) -> None:
    with pytest.raises(InvalidToken):
        tokens().viewer(b"Bearer " + signed(header={"alg": "HS256", "crit": crit}).encode())


@pytest.mark.parametrize(
    ("authorization", "reason"),
    [
        (None, "missing"),
        (b"", "not_bearer"),
        (b"Bearer", "not_bearer"),
        (b"Bearer ", "not_bearer"),
        (b"Basic dXNlcjpwYXNz", "not_bearer"),
        (b"BearerX token", "not_bearer"),
        (signed().encode(), "not_bearer"),
        (b"Bearer Bearer " + signed().encode(), "decode"),
        (b"Bearer \xff\xfe", "decode"),
    ],
)
def test_without_a_bearer_token_there_is_no_viewer(
    authorization: bytes | None, reason: str
) -> None:
    with pytest.raises(InvalidToken) as caught:
        tokens().viewer(authorization)
    assert caught.value.reason == reason


@pytest.mark.parametrize("digest", ["sha256", "sha384", "sha512"])
@pytest.mark.parametrize("algorithm", ["RS256", "ES256", "EdDSA"])
def test_a_public_key_is_no_shared_secret(algorithm: str, digest: str) -> None:
    pem = pem_of(key_of(algorithm))
    header = {"alg": digest.replace("sha", "HS"), "typ": "JWT"}
    forged = signed(header=header, secret=pem, digest=digest)
    with pytest.raises(InvalidToken, match="invalid_algorithm"):
        tokens_of(settings(algorithm, pem)).viewer(f"Bearer {forged}".encode())
