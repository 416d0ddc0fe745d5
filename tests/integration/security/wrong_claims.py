"""Tokens that the issuer's secret was used for, and that are still not a viewer's.

A leaked signing service, another product's tokens, old ones, ones for other uses.
"""

import time
from collections.abc import Mapping
from uuid import UUID

from tests.integration.security.forgeries import (
    DAY,
    Forgery,
    by_the_key,
    claims,
    later,
    says,
    unsigned,
    with_claims,
    with_header,
)
from tests.unit.ugc_api.bearer import signed

ID = "0b7e3f62-6f0c-4a2e-9f3c-5d1f2f5f9a01"
JWK = {"kty": "oct", "k": "eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHg"}
OCT = "x" * 35  # what JWK holds

HEADERS: dict[str, Mapping[str, Forgery]] = {
    "invalid_algorithm": {
        **{f"alg {alg!r}": unsigned(alg) for alg in ("none", "None", "NONE", "nOnE", "", "null")},
        "none and a signature": unsigned("none", "AAAA"),
        "alg with a space": unsigned("none "),
        "alg with a NUL": unsigned("HS256\0"),
        "alg a list": with_header(alg=["HS256", "none"]),
        "alg null": with_header(alg=None),
        "alg HS512": with_header(alg="HS512"),
        "alg RS256": with_header(alg="RS256"),
        "alg twice, the last none": lambda secret: signed(
            claims(), '{"alg":"HS256","alg":"none"}', secret
        ),
    },
    "header": {
        "jwk": with_header(jwk=JWK),
        "jku": with_header(jku="http://127.0.0.1:9/keys.json"),
        "x5u": with_header(x5u="http://127.0.0.1:9/chain.pem"),
        "x5c": with_header(x5c=["MIIB"]),
    },
    "signature": {
        "jwk and its key": by_the_key(OCT, jwk=JWK),
        "jku and its key": by_the_key(OCT, jku="http://127.0.0.1:9/keys.json"),
    },
    "invalid_token": {
        "crit": with_header(crit=["exp"], exp=1),
        "crit that is unknown": with_header(crit=["http://a/ext"], **{"http://a/ext": 1}),
        "kid a number": with_header(kid=5),
        "kid a list": with_header(kid=["1"]),
    },
    "type": {
        **{f"typ {typ!r}": with_header(typ=typ) for typ in ("JWE", "logout+jwt", "", 1, ["JWT"])},
    },
}
CLAIMS: dict[str, Mapping[str, Forgery]] = {
    "expired": {
        "an hour ago": later(exp=-3600),
        "in 1970": with_claims(exp=0),
        "negative": with_claims(exp=-(10**30)),
        "exp twice, the last one over": says('"exp":1'),
    },
    "not_yet_valid": {
        "nbf": later(nbf=60),
        "iat": later(iat=60),
        "nbf 1e300": says('"nbf":1e300'),
    },
    "lifetime": {
        "31 days and a minute": later(exp=31 * DAY + 60),
        "milliseconds": lambda secret: with_claims(exp=time.time() * 1000)(secret),
        "1e300": says('"exp":1e300'),
    },
    "malformed": {
        **{
            f"exp {text[:12]}": says(f'"exp":{text}')
            for text in ('"9999999999"', "true", "[]", "{}", "NaN", "1e400", "-Infinity")
        },
        "exp of 401 digits": says('"exp":1' + "0" * 400),
        **{f"nbf {text}": says(f'"nbf":{text}') for text in ("null", '"0"', "false", "NaN")},
        "iat -1e400": says('"iat":-1e400'),
    },
    "missing_required_claim": {
        "no exp": with_claims(exp=...),
        "exp null": with_claims(exp=None),
        "no sub": with_claims(sub=...),
        "sub null": with_claims(sub=None),
    },
    "subject": {
        **{
            f"sub {sub[:12]!r}": with_claims(sub=sub)
            for sub in ("", "me", f"{{{ID}}}", f"urn:uuid:{ID}", f"{ID}\n", f" {ID}", f"{ID}\0")
        },
        "sub half a surrogate pair": says(r'"sub":"\ud800"'),
        "sub twice, the last one no UUID": says('"sub":"me"'),
    },
    "invalid_subject": {
        "sub a number": with_claims(sub=UUID(ID).int),
        "sub a list": with_claims(sub=[ID]),
        "sub an object": with_claims(sub={"sub": ID}),
        "sub true": with_claims(sub=True),
    },
    "refresh_token": {
        "type": with_claims(type="refresh"),
        "token_use": with_claims(token_use="REFRESH"),
    },
}
