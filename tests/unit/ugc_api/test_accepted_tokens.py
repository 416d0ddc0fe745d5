"""Which tokens make a viewer, and for how long a verdict is remembered."""

import jwt
import pytest

from tests.unit.ugc_api.bearer import (
    NOW,
    VIEWER,
    Clock,
    claims,
    issued,
    key_of,
    pem_of,
    settings,
    signed,
    tokens_of,
)
from ugc_api.access import tokens as tokens_module
from ugc_api.access.tokens import CACHE_S, InvalidToken, Tokens, Viewer

DAY = 24 * 3600


def viewer(token: str, scheme: str = "Bearer", **configured: object) -> Viewer:
    return tokens_of(settings(**configured)).viewer(f"{scheme} {token}".encode())  # type: ignore[arg-type]


def test_its_subject_is_the_viewer() -> None:
    assert viewer(signed()) == Viewer(VIEWER, frozenset())


@pytest.mark.parametrize("scheme", ["bearer", "BEARER"])
def test_the_scheme_has_no_case(scheme: str) -> None:
    assert viewer(signed(), scheme).id == VIEWER


def test_roles_are_the_texts_among_them() -> None:
    roles = ["analyst", 5, None, ["service"], "views_statistic"]
    found = viewer(signed(claims(roles=roles)))
    assert found.roles == {"analyst", "views_statistic"}
    assert not found.is_service


@pytest.mark.parametrize("typ", ["JWT", "jwt", "at+jwt", "AT+JWT", None])
def test_access_tokens_have_these_types(typ: str | None) -> None:
    assert viewer(signed(header={"alg": "HS256", "typ": typ})).id == VIEWER


def test_a_type_may_be_absent() -> None:
    assert viewer(signed(header={"alg": "HS256", "kid": "2026"})).id == VIEWER


@pytest.mark.parametrize(
    "more",
    [
        {"exp": NOW - 9.5},
        {"exp": NOW + 31 * DAY},
        {"exp": int(NOW) + 60},
        {"nbf": NOW + 10, "iat": NOW + 10},
        {"nbf": -1, "iat": 0},
        {"type": "access", "token_use": "access"},
        {"type": None},
    ],
    ids=str,
)
def test_these_claims_are_good(more: dict[str, object]) -> None:
    assert viewer(signed(claims(**more))).id == VIEWER


@pytest.mark.parametrize("algorithm", ["RS256", "ES256", "EdDSA"])
def test_an_issuers_key_is_a_pem_or_the_path_of_one(
    algorithm: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    pem = pem_of(key_of(algorithm))
    path = tmp_path_factory.mktemp("keys") / "public.pem"
    path.write_text(pem)
    for given in (pem, str(path)):
        assert viewer(issued(algorithm), algorithm=algorithm, key=given).id == VIEWER


@pytest.mark.parametrize("algorithm", ["HS256", "HS384", "HS512"])
def test_each_digest_of_a_shared_secret_works(algorithm: str) -> None:
    token = signed(header={"alg": algorithm}, digest=algorithm.replace("HS", "sha"))
    assert viewer(token, algorithm=algorithm).id == VIEWER


@pytest.mark.parametrize("claim", ["iss", "aud"])
@pytest.mark.parametrize("given", [..., "others", ["others"], "", 7, None], ids=str)
def test_issuer_and_audience_count_when_configured(claim: str, given: object) -> None:
    configured = {"iss": {"jwt_issuer": "ours"}, "aud": {"jwt_audience": "ours"}}[claim]
    token = signed(claims(**{claim: given}))
    with pytest.raises(InvalidToken):
        viewer(token, **configured)
    assert viewer(signed(claims(**{claim: "ours"})), **configured).id == VIEWER
    assert viewer(token).id == VIEWER


def test_ours_may_be_one_of_several_audiences() -> None:
    assert viewer(signed(claims(aud=["others", "ours"])), jwt_audience="ours").id == VIEWER


def test_the_longest_lifetime_is_configurable() -> None:
    assert viewer(signed(claims(exp=NOW + 60)), jwt_max_lifetime_s=60).id == VIEWER
    with pytest.raises(InvalidToken, match="lifetime"):
        viewer(signed(claims(exp=NOW + 61)), jwt_max_lifetime_s=60)


def remembering(clock: Clock) -> Tokens:
    return tokens_of(settings(), clock)


def test_a_verdict_is_remembered(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    tokens, header = remembering(clock), b"Bearer " + signed().encode()
    first = tokens.viewer(header)
    monkeypatch.setattr(jwt, "decode_complete", None)  # whoever verifies again fails
    clock.pass_(CACHE_S - 1)
    assert tokens.viewer(header) is first


def test_it_dies_with_exp(clock: Clock) -> None:
    tokens, header = remembering(clock), b"Bearer " + signed(claims(exp=NOW + 20)).encode()
    tokens.viewer(header)
    clock.pass_(20 + tokens_module.LEEWAY_S)
    with pytest.raises(InvalidToken, match="expired"):
        tokens.viewer(header)


def test_it_dies_after_its_time_though_the_wall_clock_was_set_back(clock: Clock) -> None:
    """A token issued in the future is refused, so being accepted means being remembered."""
    tokens, header = remembering(clock), b"Bearer " + signed(claims(iat=NOW)).encode()
    tokens.viewer(header)
    clock.wall -= 1000
    clock.steady += CACHE_S - 1
    assert tokens.viewer(header).id == VIEWER
    clock.steady += 1
    with pytest.raises(InvalidToken, match="not_yet_valid"):
        tokens.viewer(header)


def test_only_so_many_are_remembered_and_the_oldest_goes(
    clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tokens_module, "CACHE_SIZE", 3)
    tokens = remembering(clock)
    headers = [b"Bearer " + signed(claims(iat=NOW, jti=str(n))).encode() for n in range(4)]
    for header in headers:
        tokens.viewer(header)
    assert len(tokens._verdicts) == 3
    clock.wall -= 1000  # from here on, who is accepted is remembered
    for header in headers[1:]:
        assert tokens.viewer(header).id == VIEWER
    with pytest.raises(InvalidToken):
        tokens.viewer(headers[0])


def test_a_refusal_is_not_remembered(clock: Clock) -> None:
    tokens, header = remembering(clock), b"Bearer " + signed(claims(nbf=NOW + 60)).encode()
    with pytest.raises(InvalidToken):
        tokens.viewer(header)
    assert tokens._verdicts == {}
    clock.pass_(60)
    assert tokens.viewer(header).id == VIEWER


def test_what_is_remembered_is_not_the_token(clock: Clock) -> None:
    tokens, token = remembering(clock), signed()
    tokens.viewer(f"Bearer {token}".encode())
    assert token.split(".")[2] not in repr(tokens._verdicts)
