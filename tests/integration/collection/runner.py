"""Runs a Postman collection: its variables, its requests in order, and what its scripts expect.

Of the scripts it knows the two lines that ours are made of: a status that must be, and a field of
the answer that is kept in a variable.
"""

import json
import re
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx

FILE = Path(__file__).parents[3] / "clients" / "ugc.postman_collection.json"
_STATUS = re.compile(r"pm\.test\('status', \(\) => pm\.response\.to\.have\.status\((\d+)\)\);")
_KEPT = re.compile(r"pm\.collectionVariables\.set\('(\w+)', pm\.response\.json\(\)\.(\w+)\);")


class Collection:
    def __init__(self, **variables: str) -> None:
        self.document: dict[str, Any] = json.loads(FILE.read_text())
        named: dict[str, str] = {one["key"]: one["value"] for one in self.document["variable"]}
        assert variables.keys() <= named.keys()
        self._variables = {**named, **variables}

    def items(self) -> Iterator[dict[str, Any]]:
        for folder in self.document["item"]:
            yield from folder["item"]

    async def run(self, item: dict[str, Any], http: httpx.AsyncClient) -> None:
        """Send it as Postman would; AssertionError when the answer is another."""
        request = item["request"]
        headers = {one["key"]: self._filled(one["value"]) for one in request["header"]}
        if request.get("auth", self.document["auth"])["type"] == "bearer":
            headers["Authorization"] = f"Bearer {self._variables['token']}"
        answer = await http.request(
            request["method"],
            self._filled(request["url"]["raw"]),
            headers=headers,
            content=self._filled(request["body"]["raw"]) if "body" in request else None,
        )
        for line in item["event"][0]["script"]["exec"]:
            if wanted := _STATUS.fullmatch(line):
                assert answer.status_code == int(wanted[1]), f"{item['name']}: {answer.text}"
            elif kept := _KEPT.fullmatch(line):
                self._variables[kept[1]] = str(answer.json()[kept[2]])
            else:
                raise AssertionError(f"{item['name']}: a line that is not understood: {line}")

    async def answers_as_it_says(self, item: dict[str, Any], http: httpx.AsyncClient) -> bool:
        try:
            await self.run(item, http)
        except AssertionError:
            return False
        return True

    def _filled(self, text: str) -> str:
        return re.sub(r"\{\{(\$?\w+)\}\}", lambda found: self._value(found[1]), text)

    def _value(self, name: str) -> str:
        if name == "$guid":
            return str(uuid.uuid4())
        if name == "$isoTimestamp":
            return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        return self._variables[name]
