"""The JavaScript client's tests, by Node's own runner; its report is what a failure shows."""

import subprocess

from embedded.settings import ROOT

FOLDER = ROOT / "clients" / "js"


def test_the_javascript_client_keeps_its_promises() -> None:
    done = subprocess.run(
        ["node", "--test", "--test-reporter=spec", "ugc-client.test.js"],
        cwd=FOLDER,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0, f"\n{done.stdout[-8000:]}{done.stderr[-2000:]}"
    assert " skipped 0\n" in done.stdout
