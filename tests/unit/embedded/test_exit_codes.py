"""The supervisor knows the worker by its command line alone, and by this number."""

from embedded import children
from etl import commands


def test_the_code_that_asks_not_to_be_started_again_is_the_workers_own() -> None:
    assert children.NEEDS_A_PERSON == commands.NEEDS_A_PERSON
