"""Where tokens are verified with a public key: what everybody knows signs nothing.

RS256 and ES256, each with an API of its own.
"""

import base64
import json
import time
from collections.abc import AsyncIterator, Callable
from uuid import uuid4

import httpx
import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from tests.integration.security.forgeries import claims
from tests.integration.security.issuer import Issuer, issuers_api
from tests.integration.security.strangers import LIST, assert_strangers
from tests.stack import RunningStack
from tests.unit.ugc_api.bearer import PrivateKey, encoded, signed

pytestmark = pytest.mark.usefixtures("nothing_published")

Forgery = Callable[[Issuer], str]


@pytest.fixture(scope="module", params=["RS256", "ES256"])
async def issuer(
    request: pytest.FixtureRequest,
    running_stack: RunningStack,
    tmp_path_factory: pytest.TempPathFactory,
) -> AsyncIterator[Issuer]:
    folder = tmp_path_factory.mktemp("door")
    async with issuers_api(running_stack, request.param, folder) as made:
        yield made


def issued(issuer: Issuer, **header: object) -> str:
    return jwt.encode(claims(), issuer.key, algorithm=issuer.algorithm, headers=header)


def another_key(issuer: Issuer) -> PrivateKey:
    """The attacker's, of the same kind."""
    if issuer.algorithm == "RS256":
        return rsa.generate_private_key(public_exponent=65537, key_size=2048)
    return ec.generate_private_key(ec.SECP256R1())


def by_another_key(issuer: Issuer, **header: object) -> str:
    return jwt.encode(claims(), another_key(issuer), algorithm=issuer.algorithm, headers=header)


def with_its_key_beside_it(issuer: Issuer) -> str:
    key = another_key(issuer)
    jwk = jwt.get_algorithm_by_name(issuer.algorithm).to_jwk(key.public_key(), as_dict=True)
    return jwt.encode(claims(), key, algorithm=issuer.algorithm, headers={"jwk": jwk})


def by_the_public_key(change: Callable[[str], str] = str, bits: int = 256) -> Forgery:
    """HMAC, with what everybody knows for a secret."""
    header = {"alg": f"HS{bits}", "typ": "JWT"}
    return lambda issuer: signed(claims(), header, change(issuer.pem), f"sha{bits}")


def der(pem: str) -> str:
    return base64.b64decode("".join(pem.splitlines()[1:-1])).decode("latin-1")


def under_another_name(alg: str) -> Forgery:
    """The issuer's own signature; the header says that it is something else."""

    def forge(issuer: Issuer) -> str:
        _, body, signature = issued(issuer).split(".")
        return f"{encoded(json.dumps({'alg': alg}).encode())}.{body}.{signature}"

    return forge


def with_zeros(issuer: Issuer) -> str:
    """For ECDSA r = s = 0, which careless verifiers took for any text."""
    rest, _, signature = issued(issuer).rpartition(".")
    return f"{rest}.{encoded(bytes(len(base64.urlsafe_b64decode(signature + '==='))))}"


def with_other_claims(issuer: Issuer) -> str:
    head, _, signature = issued(issuer).split(".")
    return f"{head}.{encoded(json.dumps(claims(roles=['service'])).encode())}.{signature}"


FORGERIES: dict[str, dict[str, Forgery]] = {
    "invalid_algorithm": {
        "HS256 by the PEM": by_the_public_key(),
        "HS384 by the PEM": by_the_public_key(bits=384),
        "HS512 by the PEM": by_the_public_key(bits=512),
        "HS256 by the PEM without its last line's end": by_the_public_key(str.rstrip),
        "HS256 by the PEM with CR LF": by_the_public_key(lambda pem: pem.replace("\n", "\r\n")),
        "HS256 by the PEM's DER": by_the_public_key(der),
        "HS256 by nothing": by_the_public_key(lambda _: ""),
        **{f"its own as {alg}": under_another_name(alg) for alg in ("none", "HS256", "PS256")},
    },
    "signature": {
        "another key": by_another_key,
        "another key, kid of a file": lambda issuer: by_another_key(issuer, kid="../../dev/null"),
        "another key, kid as SQL": lambda issuer: by_another_key(issuer, kid="' OR 1=1 --"),
        "another key beside it": with_its_key_beside_it,
        "another key, at an address": lambda issuer: by_another_key(issuer, jku="http://a/keys"),
        "zeros": with_zeros,
        "other claims": with_other_claims,
    },
    "header": {
        "its own, with jku": lambda issuer: issued(issuer, jku="http://127.0.0.1:9/"),
        "its own, with x5c": lambda issuer: issued(issuer, x5c=["MIIB"]),
    },
    "expired": {
        "its own, over": lambda issuer: jwt.encode(
            {"sub": str(uuid4()), "exp": time.time() - 60}, issuer.key, algorithm=issuer.algorithm
        ),
    },
}


@pytest.mark.parametrize("reason", FORGERIES)
async def test_it_is_nobodys(asking: httpx.AsyncClient, issuer: Issuer, reason: str) -> None:
    tokens = {name: forge(issuer) for name, forge in FORGERIES[reason].items()}
    for door in issuer.doors:
        await assert_strangers(issuer.settings, asking, door, tokens, reason)


async def test_the_issuers_own_is_good(asking: httpx.AsyncClient, issuer: Issuer) -> None:
    headers = {"Authorization": f"Bearer {issued(issuer)}"}
    for door in issuer.doors:
        assert (await asking.get(door + LIST, headers=headers)).status_code == 200


async def test_a_token_of_the_shared_stack_is_none_here(
    running_stack: RunningStack, asking: httpx.AsyncClient, issuer: Issuer
) -> None:
    tokens = {"of the other family": running_stack.token("service")}
    await assert_strangers(issuer.settings, asking, issuer.doors[1], tokens, "invalid_algorithm")
