"""Where the group's position may be moved to: back, and into the log."""

import pytest
from aiokafka import OffsetAndMetadata

from etl.history import Span
from etl.position import backwards
from tests.unit.etl.records import P0


@pytest.mark.parametrize(
    ("wanted", "passed", "moved"),
    [
        (300, 400, 300),  # back
        (500, 400, 400),  # never forward: what is between nobody has stored
        (300, None, 200),  # never committed: from the earliest, as a worker would
        (200, 100, 200),  # expired: to what is left
        (500, 900, 200),  # beyond a log that was made anew: all of it is new
        (100, 150, 200),
    ],
)
def test_it_is_moved_back_into_the_log(wanted: int, passed: int | None, moved: int) -> None:
    whole = Span(P0, 200, 600)
    known = None if passed is None else OffsetAndMetadata(passed, "")
    assert backwards(Span(P0, wanted, 600), whole, known).begin == moved
