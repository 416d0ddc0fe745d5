"""A run in which secrets are used, and a note of all that comes of it."""

import base64
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID, uuid4

import httpx

from embedded.credentials import Credentials
from embedded.settings import HOST, Settings
from tests.integration.security.forgeries import claims
from tests.unit.ugc_api.bearer import signed

SECRET = "the-secret-that-signs-tokens-of-this-stack-and-no-other"
PASSWORD = "the-password-of-the-documents"
WRONG_PASSWORD = "a-password-somebody-tried"
PRIVATE = "somebody@films.example"


@dataclass
class Run:
    """What was used in it, and all that came of it."""

    settings: Settings
    http: httpx.AsyncClient
    viewer: UUID = field(default_factory=uuid4)
    other: UUID = field(default_factory=uuid4)
    logged: list[str] = field(default_factory=list)
    answered: list[str] = field(default_factory=list)
    measured: list[str] = field(default_factory=list)
    stored: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        sub = str(self.viewer)
        good = signed(claims(sub=sub), secret=SECRET)
        self.good = good
        self.tokens = {
            "good": good,
            "service": signed(claims(sub=sub, roles=["service"]), secret=SECRET),
            "expired": signed(claims(sub=sub, exp=1), secret=SECRET),
            "forged": signed(claims(sub=sub), secret=SECRET[::-1]),
            "unsigned": signed(claims(sub=sub), {"alg": "none"}, SECRET),
            "no id": signed(claims(sub=PRIVATE), secret=SECRET),
            "no token": f"no-token-{uuid4().hex}",
        }

    def secrets(self) -> Mapping[str, str]:
        """By what they are."""
        passwords = Credentials.load(self.settings.data_dir).clickhouse_passwords
        pair = base64.b64encode(f"docs:{PASSWORD}".encode()).decode()
        return {
            "the signing secret": SECRET,
            "the documents' password": PASSWORD,
            "the documents' header": pair,
            "a wrong password": WRONG_PASSWORD,
            **{f"ClickHouse's password of {user}": text for user, text in passwords.items()},
            **{
                f"part {n} of the token {name}": part
                for name, token in self.tokens.items()
                for n, part in enumerate(token.split("."))
            },
        }

    def people(self) -> Mapping[str, str]:
        ids = {"the viewer": self.viewer, "another viewer": self.other}
        written = {f"{who}, in hex": identity.hex for who, identity in ids.items()}
        return {"a name": PRIVATE, **{who: str(i) for who, i in ids.items()}, **written}

    async def ask(self, method: str, path: str, token: str = "", **more: Any) -> None:
        """At both doors; whatever it is answered."""
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        for door in (self.settings.front_url, self.settings.api_url):
            answer = await self.http.request(method, door + path, headers=headers, **more)
            self.answered.append(f"{answer.status_code} {answer.headers} {answer.text}")

    async def measure(self) -> None:
        settings = self.settings
        ports = settings.api_metrics_port(0), settings.etl_metrics_port(0)
        for port in (*ports, settings.clickhouse_metrics_port):
            self.measured.append((await self.http.get(f"http://{HOST}:{port}/metrics")).text)
