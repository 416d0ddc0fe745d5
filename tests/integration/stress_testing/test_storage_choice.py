"""`make storage`, small and whole: both stores measured, compared, kept and drawn."""

import os
import re
import subprocess
import sys
from pathlib import Path

from storage.outcome import read

from embedded.settings import ROOT

ROWS = 4000
STORES = ("ClickHouse", "PostgreSQL")


def test_both_stores_are_measured_and_answer_alike(tmp_path: Path) -> None:
    given = ["--rows", str(ROWS), "--passes", "1", "--results", str(tmp_path)]
    search = os.pathsep.join([str(ROOT), str(ROOT / "stress-testing")])
    done = subprocess.run(
        [sys.executable, "-m", "storage", *given, "--only", *STORES],
        env={**os.environ, "PYTHONPATH": search},
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=110,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "viewers per day" in done.stdout
    results = read(tmp_path / "storage-4k.json")
    assert [store.name for store in results.passes] == ["ClickHouse", "PostgreSQL"]
    assert results.agree
    for store in results.passes:
        stored = sum(load.rows for load in (*store.loads, store.single))
        assert stored == ROWS * 0.95  # the rest while it is read
        assert [load.batch for load in store.loads] == [50_000, 50_000, 10_000, 1000]
        assert store.mixed.stored_per_s > 0
        assert sum(store.disk.values()) > 0
        assert re.fullmatch(r"\d+(\.\d+)+", store.version)
        assert re.fullmatch(r"\d{4}-\d\d-\d\d \d\d:\d\d", store.begun)
    by_store = results.by_store
    assert by_store["ClickHouse"][0].version != by_store["PostgreSQL"][0].version
    assert (tmp_path / "storage-4k.png").read_bytes().startswith(b"\x89PNG")
