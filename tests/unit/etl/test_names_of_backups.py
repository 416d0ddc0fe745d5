"""A backup's name is the name of a folder, and stands in a statement as it is."""

from argparse import ArgumentTypeError

import pytest

from etl.commands.copies import a_name


@pytest.mark.parametrize("name", ["x", "2026-11-28", "before_1.2.3", "-", "A.zip"])
def test_a_plain_name_is_taken(name: str) -> None:
    assert a_name(name) == name


@pytest.mark.parametrize(
    "name", ["", ".", "..", ".lock", "../x", "x/y", "x'y", "x\\", "x y", "x\n", "\u00e9"]
)
def test_anything_else_is_refused(name: str) -> None:
    with pytest.raises(ArgumentTypeError, match="is not made of"):
        a_name(name)
