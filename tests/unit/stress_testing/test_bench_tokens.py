"""What is measured of tokens: each is new, and verified as the API does."""

from pathlib import Path

import jwt
import pytest
from bench import fresh_tokens
from bench.figures import Findings

from embedded.settings import Settings
from ugc_api.access.tokens import InvalidToken, Viewer
from ugc_api.settings import Settings as ApiSettings


async def test_every_round_is_of_new_tokens_that_are_good(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    verify, seen = fresh_tokens.verify, list[Viewer]()

    def watched(settings: ApiSettings, headers: list[bytes]) -> list[Viewer]:
        viewers = verify(settings, headers)
        seen.extend(viewers)
        return viewers

    monkeypatch.setattr(fresh_tokens, "TOKENS", 20)
    monkeypatch.setattr(fresh_tokens, "verify", watched)
    findings = Findings()
    settings = Settings.from_environment({"UGC_DATA_DIR": str(tmp_path)})
    await fresh_tokens.bench_tokens(settings, findings, rounds=3)
    assert len({viewer.id for viewer in seen}) == 60
    figure = findings.figures["token/api"]
    assert (figure.unit, len(figure.runs)) == ("us", 3)
    assert all(us > 0 for us in figure.runs)


def test_a_bad_one_is_no_figure() -> None:
    forged = jwt.encode({"sub": "x", "exp": 1}, "another secret of thirty-two bytes", "HS256")
    with pytest.raises(InvalidToken, match="signature"):
        fresh_tokens.verify(ApiSettings(jwt_secret="s" * 32), [f"Bearer {forged}".encode()])
