"""Viewers with a player: what they report and read, and how they come again when asked to.

The pauses are those of clients/python: what the server asks for, and a random time on top that
grows with each failure. A report keeps its id and its time however often it is sent.
"""

import itertools
import random
import time
import uuid
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any, ClassVar

from gevent import sleep
from locust import FastHttpUser, constant, constant_pacing, task

PROGRESSES = "/api/v1/progresses"
NDJSON = "application/x-ndjson"
BEAT_S = 10
LONGEST_PAUSE_S = 60.0
COME_AGAIN = (429, 503)
WAITED = "first try to 202"  # a line of locust's, and in a context: no request of its own
FILMS = [str(uuid.UUID(int=0xF11 << 64 | n)) for n in range(200)]
TOTAL = 5400.0


def event(position: float, moment: float | None = None) -> dict[str, object]:
    """Of now, or of a moment (Unix time)."""
    when = datetime.fromtimestamp(moment or time.time(), UTC)
    return {
        "progress": round(position % TOTAL, 3),
        "total": TOTAL,
        "event_id": str(uuid.uuid4()),
        "event_time": when.isoformat(timespec="milliseconds"),
    }


class Viewer(FastHttpUser):
    """`tokens` is endless; each viewer takes the next."""

    abstract = True
    network_timeout = connection_timeout = 15.0
    tokens: ClassVar[Iterator[str]] = itertools.repeat("")
    offered: ClassVar[int] = 0  # events, of all viewers; however often each is sent
    accepted: ClassVar[int] = 0

    def on_start(self) -> None:
        self.token = next(self.tokens)
        self.film = random.choice(FILMS)
        self.position = random.uniform(0, TOTAL)

    def report(self, name: str = "report") -> bool:
        """One event, until it is answered for good: whether by a 202."""
        self.position += BEAT_S
        return self.send(f"{PROGRESSES}/films/{self.film}", name, json=event(self.position))

    def send(self, path: str, name: str, events: int = 1, **content: Any) -> bool:
        """Whether it was accepted in the end."""
        headers = {"Authorization": f"Bearer {self.token}", **content.pop("headers", {})}
        Viewer.offered += events
        failures = 0
        while True:
            with self.client.post(
                path, headers=headers, name=name, catch_response=True, **content
            ) as answer:
                pause = self._asked_pause(answer)
            if pause is None:
                accepted: bool = answer.status_code == 202
                Viewer.accepted += events * accepted
                return accepted
            longest = min(2.0 ** min(failures, 6), LONGEST_PAUSE_S)
            sleep(pause + random.uniform(0.5, longest))
            failures += 1

    def read(self, path: str, name: str, allowed: tuple[int, ...] = (200,)) -> None:
        headers = {"Authorization": f"Bearer {self.token}"}
        with self.client.get(path, headers=headers, name=name, catch_response=True) as answer:
            if answer.status_code in (*allowed, *COME_AGAIN):
                answer.success()
            else:
                answer.failure(f"answered {answer.status_code}")

    def _asked_pause(self, answer: Any) -> float | None:
        """None when this is the last word; no answer is as good as a 503."""
        if answer.status_code == 202:
            answer.success()
            return None
        if answer.status_code == 0:
            answer.failure("no answer")
            return 0.0
        if answer.status_code in COME_AGAIN:
            with suppress(ValueError):
                pause = float((answer.headers or {}).get("Retry-After", ""))
                answer.success()
                return pause
            answer.failure(f"{answer.status_code} does not say when to come again")
            return 0.0
        answer.failure(f"answered {answer.status_code}")
        return None


class Evening(Viewer):
    # Not pacing, which counts from a viewer's coming: all who came together reported together.
    wait_time = constant(BEAT_S)

    def on_start(self) -> None:
        super().on_start()
        sleep(random.uniform(0, BEAT_S))  # they did not press play together

    @task(18)
    def beat(self) -> None:
        self.report()

    @task
    def where_was_i(self) -> None:
        self.read(f"{PROGRESSES}/films/{self.film}", "read a position", (200, 404))

    @task
    def continue_watching(self) -> None:
        self.read(PROGRESSES, "read a list")


class Premiere(Viewer):
    """They look where they were, find nothing, and begin."""

    wait_time = constant_pacing(BEAT_S)

    def on_start(self) -> None:
        super().on_start()
        self.film, self.position = FILMS[0], 0.0
        self.read(f"{PROGRESSES}/films/{self.film}", "read a position", (200, 404))

    @task
    def beat(self) -> None:
        self.report()


class Steady(Evening):
    """As of an evening, but five times as often. Among broken clients a half of all are these."""

    weight = 6
    wait_time = constant(BEAT_S / 5)


class Storm(Viewer):
    """Seeking back and forth: more than one may send. How long an event takes with all its
    repetitions is told apart."""

    wait_time = constant_pacing(0.8)

    @task
    def beat(self) -> None:
        began = time.perf_counter()
        if not self.report():
            return
        self.environment.events.request.fire(
            request_type="",
            name=WAITED,
            response_time=(time.perf_counter() - began) * 1000,
            response_length=0,
            exception=None,
            context={WAITED: True},
        )
