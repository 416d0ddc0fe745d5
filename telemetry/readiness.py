"""`python -m telemetry.readiness URL`: exits with 0 when a GET of it is answered with 200.

Else with 1 and the answer, which names what is missing.

For the health check of a container that has no curl.
"""

import sys
import urllib.error
import urllib.request

PATIENCE_S = 3.0


def main(url: str) -> int:
    try:
        with urllib.request.urlopen(url, timeout=PATIENCE_S) as answer:  # noqa: S310 - the image's own
            return int(answer.status != 200)
    except urllib.error.HTTPError as refusal:
        sys.stdout.write(refusal.read(1000).decode(errors="replace"))
    except OSError as error:
        sys.stdout.write(f"{error}\n")
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
