"""All outcomes of a run, written as JSON, as a page and as a picture."""

import dataclasses
import json
import os
import platform
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from tests.chaos.outcome import Fault, Outcome, Sample
from tests.chaos.report.picture import draw
from tests.chaos.report.table import page


class Report:
    """What the cases add to. Written only when a folder is given."""

    def __init__(self) -> None:
        self.outcomes: list[Outcome] = []
        self._began = time.monotonic()

    def add(self, outcome: Outcome) -> None:
        self.outcomes.append(outcome)

    def write(self, folder: Path, failed: Sequence[str], scale: float) -> None:
        """`chaos.json`, `chaos.md` and `chaos.png` in `folder`."""
        folder.mkdir(parents=True, exist_ok=True)
        whole = {
            "at": datetime.now(UTC).isoformat(timespec="seconds"),
            "scale": scale,
            "took_s": round(time.monotonic() - self._began),
            "machine": f"{os.cpu_count()} cores, {platform.system()}",
            "python": platform.python_version(),
            "failed": list(failed),
        }
        # A line a case: the file is kept, and its changes are read.
        lines = ",\n".join(json.dumps(dataclasses.asdict(one)) for one in self.outcomes)
        head = json.dumps(whole).removesuffix("}")
        (folder / "chaos.json").write_text(f'{head}, "outcomes": [\n{lines}\n]}}\n')
        redraw(folder)


def redraw(folder: Path) -> None:
    """Page and picture from `chaos.json` beside them."""
    whole = json.loads((folder / "chaos.json").read_text())
    outcomes = [_outcome(one) for one in whole["outcomes"]]
    text = page(outcomes, whole["failed"], whole["scale"], whole["took_s"])
    (folder / "chaos.md").write_text(text)
    draw(outcomes, folder / "chaos.png")


def _outcome(one: dict[str, object]) -> Outcome:
    made = Outcome(**one)  # type: ignore[arg-type]  # as `write` wrote it
    made.faults = [Fault(**fault) for fault in made.faults]  # type: ignore[arg-type]
    made.samples = [Sample(**sample) for sample in made.samples]  # type: ignore[arg-type]
    made.answers = {int(status): times for status, times in made.answers.items()}
    return made
