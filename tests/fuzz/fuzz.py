"""One run: draw a case, send it, judge the answer, remember what it promised."""

import itertools
import random
from collections.abc import Callable, Sequence
from typing import Any

from requests import RequestException
from schemathesis import Response
from schemathesis.transport.requests import SameHostRedirectsSession

from embedded.credentials import Credentials
from embedded.settings import Settings
from tests.fuzz import tokens
from tests.fuzz.attempts import OPEN, Attempt, Attempts
from tests.fuzz.document import INGEST, LIST, MANY, ONE, Operation, operations
from tests.fuzz.known import Given, Known, Place
from tests.fuzz.ledger import Ledger
from tests.fuzz.reports import line
from tests.fuzz.sent import NotSaid, promised
from tests.fuzz.sound import parts_of
from tests.fuzz.tally import Tally
from tests.fuzz.verdict import complaints

NO_ANSWER = 0  # in the place of a status
_TOLD = ("Content-Type", "Content-Encoding", "Prefer")

SEEDED = 12  # events of a viewer, before the fuzz begins


class Fuzz:
    """Against a running stack: by nginx's port, and the API's where nginx has no way in."""

    def __init__(self, stack: Settings, number: int) -> None:
        self._stack = stack
        self._seed = number
        self._rng = random.Random(number)  # noqa: S311 - a replayable scenario, not a secret
        self._secret = Credentials.load(stack.data_dir).jwt_secret
        self._session = SameHostRedirectsSession()
        self._session.trust_env = False
        self._numbers = itertools.count(1)
        self.operations: Sequence[Operation] = operations(f"{stack.front_url}/api/openapi.json")
        self.known = Known.of(self._rng)
        self.ledger = Ledger()
        self.tally = Tally()

    def sow(self) -> None:
        """Events that reads can find: a batch of every viewer."""
        (many,) = (one for one in self.operations if one.label == MANY)
        for viewer in self.known.viewers:
            films = [self._rng.choice(self.known.films) for _ in range(SEEDED)]
            lines: Any = [
                {**line(self._rng, self.known, viewer), "film_id": str(film)} for film in films
            ]
            case = many.Case(body=lines, media_type="application/json")
            token = tokens.valid(self._rng, viewer, self._secret)
            self._try(Attempt(case, "sound", viewer, token))
            self.known.watched += [(viewer, film) for film in films]

    def run(self, cases: int, shown: Callable[[int], None]) -> None:
        """Until there were so many; `shown` is told how many are done."""
        attempts = Attempts(self.operations, self.known, self._secret, self._rng)
        while self.tally.cases < cases:
            self._try(attempts.next())
            shown(self.tally.cases)

    def _try(self, attempt: Attempt) -> None:
        request_id = f"fuzz-{self._seed}-{next(self._numbers)}"
        headers = {"X-Request-Id": request_id}
        if attempt.authorization is not None:
            headers["Authorization"] = attempt.authorization
        base_url = self._stack.api_url if attempt.route in OPEN else self._stack.front_url
        try:
            response = attempt.case.call(base_url, self._session, headers, allow_redirects=False)
        except RequestException as error:
            self.tally.count(attempt, NO_ANSWER)
            self.tally.failures.append(f"{request_id} {attempt.route}: no answer: {error}")
            return
        self.tally.count(attempt, response.status_code)
        found = [*complaints(attempt, request_id, response)]
        # What a broken token is given stands for nothing: what is stored of it has no answer.
        if not found and attempt.flaw is None and 200 <= response.status_code < 300:
            try:
                self._learn(attempt, request_id, response)
            except NotSaid as reason:
                found.append(f"accepted, but {reason}")
        for complaint in found:
            self.tally.failures.append(_named(attempt, request_id, response, complaint))

    def _learn(self, attempt: Attempt, request_id: str, response: Response) -> None:
        known, viewer = self.known, attempt.viewer
        if attempt.route in INGEST:
            self.ledger.accepted[request_id] = events = promised(attempt, response)
            if attempt.kind in ("sound", "allowed"):
                known.add(known.accepted[attempt.route], (viewer, parts_of(attempt.case)))
        if attempt.route == ONE:
            answer = response.json()
            known.add(known.events, Given(events[0].user, answer["event_id"], answer["receipt"]))
        if attempt.route == LIST and (cursor := response.json()["next_cursor"]):
            known.add(known.cursors, Place(viewer.id, cursor))


def _named(attempt: Attempt, request_id: str, response: Response, complaint: str) -> str:
    sent = f"{response.request.method} {response.request.path_url}"
    body: Any = response.request.body or b""
    told = {n: v for n, v in response.request.headers.items() if n in _TOLD}
    return (
        f"{request_id} ({attempt.kind}{f', {attempt.flaw}' if attempt.flaw else ''}): "
        f"{complaint}\n      {sent[:200]} {told} {body[:300]!r}"
        f"\n      -> {response.status_code} {response.content[:300]!r}"
    )
