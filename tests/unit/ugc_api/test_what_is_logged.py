"""Logs hold codes and reasons, never a token, a body or who the viewer is."""

import logging

import pytest

from telemetry.logs import JsonLines
from tests.unit.ugc_api.bearer import VIEWER, claims, signed
from tests.unit.ugc_api.serving import FILM, Api, report
from ugc_api.publishing.publisher import NotAcknowledged

PRIVATE = "what-nobody-may-read"
EVENT_ID = "8f14e45f-ceea-467f-a8f5-3e2b7c0d9a11"


@pytest.mark.parametrize(
    "failure", [None, NotAcknowledged("deadline"), ZeroDivisionError("surprise")], ids=repr
)
async def test_no_token_body_or_viewer(
    api: Api, caplog: pytest.LogCaptureFixture, failure: Exception | None
) -> None:
    caplog.set_level(logging.DEBUG)
    api.publisher.failure = failure
    tokens = [signed(), signed(secret=PRIVATE * 4), signed(claims(sub=PRIVATE)), PRIVATE]
    bodies: list[object] = [report(event_id=EVENT_ID, event_time="2000-01-01T00:00:00Z")]
    bodies += [report(), {PRIVATE: 1}, report(user_id=PRIVATE), PRIVATE.encode()]
    for token in tokens:
        for body in bodies:
            await api.post(body, token=token, headers={"X-Request-Id": "this-one"})
    ours = [record for record in caplog.records if record.name.startswith("ugc_api")]
    lines = [JsonLines("api").format(record) for record in ours]
    assert len(lines) >= len(tokens) * len(bodies) - 1
    for line in lines:
        assert '"request_id":"this-one"' in line
        for hidden in (PRIVATE, *tokens, *tokens[0].split("."), str(VIEWER), str(FILM), EVENT_ID):
            assert hidden not in line


async def test_a_refusal_is_logged_with_its_code(
    api: Api, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "ugc_api")
    await api.post(b"")
    (line,) = [JsonLines("api").format(record) for record in caplog.records]
    assert '"message":"event refused","' in line
    assert '"code":"body_empty"' in line
    assert '"status":422' in line
