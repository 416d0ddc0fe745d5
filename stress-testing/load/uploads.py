"""Devices that had no network, and bring an evening at once."""

import gzip
import json
import random
import time
from collections.abc import Callable, Mapping

import zstandard
from load.viewer import BEAT_S, FILMS, NDJSON, PROGRESSES, Viewer, event
from locust import between, task

EVENTS = 120  # a film of twenty minutes; a viewer's burst is 200
ENCODINGS: Mapping[str, Callable[[bytes], bytes]] = {
    "": bytes,
    "gzip": gzip.compress,
    "zstd": zstandard.ZstdCompressor().compress,
}


class Upload(Viewer):
    """At most 24 events a second on average: a viewer may send 50."""

    wait_time = between(5, 8)

    @task
    def upload(self) -> None:
        began = time.time() - random.uniform(1, 8) * 3600
        film = random.choice(FILMS)
        lines = [
            json.dumps({"film_id": film, **event(n * BEAT_S, began + n * BEAT_S)})
            for n in range(EVENTS)
        ]
        encoding = random.choice(list(ENCODINGS))
        headers = {"Content-Type": NDJSON}
        if encoding:
            headers["Content-Encoding"] = encoding
        body = ENCODINGS[encoding]("\n".join(lines).encode())
        name = f"upload, {encoding or 'plain'}"
        self.send(PROGRESSES, name, EVENTS, data=body, headers=headers)
