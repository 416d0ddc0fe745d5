"""Clients that are slow, broken or not allowed; each knows what it has to be answered.

`on purpose` in a request's context: its time does not count. What is asked of the server is that
the good ones, who are `Steady`, do not notice; a fast 401 would hide it if they do.
"""

import json
import random
import socket
import time
from urllib.parse import urlsplit

from gevent import sleep
from load.viewer import PROGRESSES, Viewer, event
from locust import between, task

TRICKLE_S = 4.0
PIECES = 20
SOMEBODY_ELSE = "5a1e0000-0000-4000-8000-000000000000"
ON_PURPOSE = {"on purpose": True}
ALMOST = b'{"progress": 1, "total": 2'
GARBAGE = (b"", b"\x00\xff" * 40, b"[" * 5000, b'{"progress": "much"}', ALMOST, b'{"a": 1}')


class Broken(Viewer):
    abstract = True
    wait_time = between(1, 4)

    @property
    def path(self) -> str:
        return f"{PROGRESSES}/films/{self.film}"

    def expect(
        self, statuses: tuple[int, ...], name: str, token: str, path: str, data: bytes
    ) -> None:
        headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
        with self.client.post(
            path, data=data, headers=headers, name=name, catch_response=True, context=ON_PURPOSE
        ) as answer:
            if answer.status_code in statuses:
                answer.success()
            else:
                answer.failure(f"answered {answer.status_code}, expected one of {statuses}")

    def told(self, name: str, status: int, began: float, wrong: str | None) -> None:
        """A request that was made by hand, for locust to count."""
        self.environment.events.request.fire(
            request_type="POST",
            name=name,
            response_time=(time.perf_counter() - began) * 1000,
            response_length=0,
            exception=RuntimeError(wrong) if wrong else None,
            context={**ON_PURPOSE, "status": status},
        )

    def request(self) -> bytes:
        """As bytes, head and body."""
        body = json.dumps(event(self.position)).encode()
        head = (
            f"POST {self.path} HTTP/1.1\r\nHost: {self._address[0]}\r\n"
            f"Authorization: Bearer {self.token}\r\nContent-Type: application/json\r\n"
            f"Content-Length: {len(body)}\r\nConnection: close\r\n\r\n"
        )
        return head.encode() + body

    def connect(self) -> socket.socket:
        return socket.create_connection(self._address, timeout=15)

    @property
    def _address(self) -> tuple[str, int]:
        host = urlsplit(self.host or "")
        return host.hostname or "", host.port or 80


class Trickling(Broken):
    """Byte after byte, and all the same a good event."""

    @task
    def trickle(self) -> None:
        began, request, status = time.perf_counter(), self.request(), 0
        step = -(-len(request) // PIECES)
        try:
            with self.connect() as connection:
                for start in range(0, len(request), step):
                    connection.sendall(request[start : start + step])
                    sleep(TRICKLE_S / PIECES)
                status = int(connection.recv(4096)[9:12] or 0)
        except OSError as error:
            return self.told("trickled", 0, began, str(error))
        Viewer.offered += 1
        Viewer.accepted += status == 202
        self.told("trickled", status, began, None if status == 202 else f"answered {status}")


class HangingUp(Broken):
    """Gone half-way through the body, or before the answer: the server must not mind.

    Some of these events are stored, and nobody was told so. They are all of one viewer, whom the
    launcher leaves out when it compares: else they would stand in for events that are lost."""

    @task
    def hang_up(self) -> None:
        began, request = time.perf_counter(), self.request()
        sent = random.choice([len(request) - 30, len(request)])
        try:
            with self.connect() as connection:
                connection.sendall(request[:sent])
        except OSError as error:
            return self.told("hung up", 0, began, str(error))
        self.told("hung up", 0, began, None)


class Oversize(Broken):
    @task(3)
    def one_event(self) -> None:
        data = json.dumps({**event(1), "note": "x" * 70_000}).encode()
        self.expect((413,), "oversize event", self.token, self.path, data)

    @task
    def batch(self) -> None:
        self.expect((413,), "oversize batch", self.token, PROGRESSES, b"x" * 5_000_000)


class Garbage(Broken):
    @task
    def garbage(self) -> None:
        self.expect((400, 422), "garbage", self.token, self.path, random.choice(GARBAGE))


class WrongToken(Broken):
    @task(3)
    def forged(self) -> None:
        head, claims, _ = self.token.split(".")
        forged = f"{head}.{claims}.{'A' * 43}"
        self.expect((401,), "wrong token", forged, self.path, json.dumps(event(1)).encode())

    @task
    def somebody_elses(self) -> None:
        data = json.dumps({**event(1), "user_id": SOMEBODY_ELSE})
        self.expect((403,), "somebody else's", self.token, self.path, data.encode())
