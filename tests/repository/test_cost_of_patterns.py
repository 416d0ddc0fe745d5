"""Regular expressions that see what a stranger sends take time in proportion to its length.

Every pattern of the API's code and of nginx's templates is tried, a new one too. Each is compared
with itself, eight times as long: in proportion that is 8, and 64 where it goes back and forth.
"""

import ast
import math
import re
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from embedded.nginx import TEMPLATES
from embedded.settings import ROOT

LENGTH, TIMES = 500, 8  # nginx and the API take headers of 8 KiB
TOO_MUCH = 24
UNMEASURED_S = 0.0005
"""A search of the longer text that is over so soon costs nobody anything, and is mostly noise."""

FAR_TOO_LONG_S = 0.02
"""For the shorter one: no need to try the longer."""

NOT_SENT = ("$status", '"$time_iso8601 $msec"')
"""What maps of nginx read that nobody sends."""


def in_python() -> Iterator[str]:
    """What is handed to `re`, as text or bytes."""
    for file in (ROOT / "ugc_api").rglob("*.py"):
        for call in ast.walk(ast.parse(file.read_text())):
            match call:
                case ast.Call(
                    func=ast.Attribute(value=ast.Name(id="re")),
                    args=[ast.Constant(value=str() | bytes() as text), *_],
                ):
                    yield text if isinstance(text, str) else text.decode()
                case ast.keyword(arg="pattern", value=ast.Constant(value=str() as text)):
                    yield text


def in_nginx() -> Iterator[str]:
    for file in Path(TEMPLATES).glob("*.template"):
        text = file.read_text()
        assert "location ~" not in text, "a place for patterns that is not looked at here"
        for source, body in re.findall(r"^map (.+) \$\w+ \{\n((?: .*\n)+)\}", text, re.MULTILINE):
            if source not in NOT_SENT:
                yield from re.findall(r'^\s+"~(.+)" \S+;$', body, re.MULTILINE)


def attacks(pattern: str) -> Iterator[str]:
    """Units to repeat: each sign of the pattern and each class's, alone and in pairs."""
    literal = re.sub(r"\\[dwsSDW]|[\[\]()^$+*?{}|\\]", "", pattern)
    signs = sorted({*literal, *"aA0 .:-,(*/"})
    yield from signs
    yield from (one + other for one in signs for other in signs if one < other)


def seconds(pattern: "re.Pattern[str]", text: str, tries: int = 3) -> float:
    """The best of some: what the machine does besides only adds."""
    took = []
    for _ in range(tries):
        started = time.perf_counter()
        pattern.search(text)
        took.append(time.perf_counter() - started)
    return min(took)


def growth(pattern: str) -> float:
    """Of the first attack that is too much, or of the worst."""
    compiled, worst = re.compile(pattern), 0.0
    for unit in attacks(pattern):
        for head, tail in (("", "\n!"), ("a ", "!"), ("(", "\0"), (":", "\0"), ("1-", "x")):
            short, long = (head + unit * (n // len(unit)) + tail for n in (LENGTH, LENGTH * TIMES))
            if seconds(compiled, short) > FAR_TOO_LONG_S:
                return math.inf
            if seconds(compiled, long) < UNMEASURED_S:
                continue
            ratio = seconds(compiled, long) / seconds(compiled, short)
            if ratio > TOO_MUCH:  # look again, longer
                ratio = seconds(compiled, long, tries=20) / seconds(compiled, short, tries=20)
            if ratio > TOO_MUCH:
                return ratio
            worst = max(worst, ratio)
    return worst


@pytest.mark.parametrize("pattern", sorted({*in_python(), *in_nginx()}))
def test_time_grows_as_the_length_does(pattern: str) -> None:
    assert growth(pattern.replace("${UGC_CORS_ORIGINS}", "https://a.example")) < TOO_MUCH


def test_patterns_are_found_where_they_are_written() -> None:
    assert len({*in_python()}) >= 6
    assert len({*in_nginx()}) >= 6


@pytest.mark.parametrize("pattern", [r"^a*a*!$", r"^\S+\S*!"])
def test_one_that_goes_back_and_forth_is_found_out(pattern: str) -> None:
    assert growth(pattern) > TOO_MUCH
