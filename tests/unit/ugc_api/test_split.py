"""A batch as large as one may be is taken apart, whatever its reports hold."""

import json

import msgspec

from tests.unit.ugc_api.bearer import VIEWER
from tests.unit.ugc_api.serving import FILM, ago, report
from ugc_api.ingest.reports import FilmProgressReport
from ugc_api.ingest.split import MAX_EVENTS, split


def test_ten_thousand_that_give_every_field_are_taken() -> None:
    given = report(film_id=str(FILM), user_id=str(VIEWER), event_id=str(VIEWER), event_time=ago(60))
    assert given.keys() == {field.name for field in msgspec.structs.fields(FilmProgressReport)}
    one = json.dumps(given).encode()
    body = b"[" + b",".join([one] * MAX_EVENTS) + b"]"
    assert split(body, b"application/json") == [one] * MAX_EVENTS
