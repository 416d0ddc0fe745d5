"""A broken copy is broken where it says, or not made at all."""

from pathlib import Path

import pytest

from embedded.settings import ROOT
from tests.chaos.broken_copy import broken_copy
from tests.chaos.controls import CONTROLS, Control


@pytest.mark.parametrize("control", CONTROLS, ids=lambda control: control.breach)
def test_the_controls_fit_the_code_as_it_is(control: Control, tmp_path: Path) -> None:
    """When this fails the code has moved on: the edit has to follow it."""
    copy = broken_copy(tmp_path / "copy", control.file, control.edits)
    text = (copy / control.file).read_text()
    assert text != (ROOT / control.file).read_text()
    if control.file.endswith(".py"):
        compile(text, control.file, "exec")


@pytest.mark.parametrize("before", ["no such text", "import"])
def test_an_edit_that_does_not_fit_once_is_refused(before: str, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="times, not once"):
        broken_copy(tmp_path / "copy", "etl/worker.py", [(before, "")])
