"""Were the algorithm taken from a token's header after all: the key itself is of one kind only."""

import jwt
import pytest

from tests.integration.security.forgeries import claims
from tests.unit.ugc_api.bearer import key_of, pem_of, settings, signed
from ugc_api.access.configured import ConfiguredKey


@pytest.fixture(autouse=True)
def unharmed() -> None:
    """No stack is attacked here."""


@pytest.mark.parametrize("bits", [256, 384, 512])
@pytest.mark.parametrize("algorithm", ["RS256", "ES256", "EdDSA"])
def test_a_public_key_is_never_a_shared_secret(algorithm: str, bits: int) -> None:
    pem = pem_of(key_of(algorithm))
    forged = signed(claims(), {"alg": f"HS{bits}", "typ": "JWT"}, pem, f"sha{bits}")
    key = ConfiguredKey(settings(algorithm, pem)).named(None).material
    assert not isinstance(key, str | bytes)
    with pytest.raises((TypeError, jwt.InvalidTokenError, jwt.InvalidKeyError)):
        jwt.decode(forged, key, algorithms=[f"HS{bits}", algorithm])


@pytest.mark.parametrize("algorithm", ["HS256", "RS256", "ES256", "EdDSA"])
def test_with_a_key_there_is_no_token_without_a_signature(algorithm: str) -> None:
    chosen = settings() if algorithm == "HS256" else settings(algorithm, pem_of(key_of(algorithm)))
    unsigned = jwt.encode(claims(), "", algorithm="none")
    key = ConfiguredKey(chosen).named(None).material
    with pytest.raises((jwt.InvalidTokenError, jwt.InvalidKeyError)):
        jwt.decode(unsigned, key, algorithms=["none", algorithm])
