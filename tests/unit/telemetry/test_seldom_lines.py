"""A chatty library's line passes once in a while, and says how many were withheld."""

import logging

from telemetry.logs import Seldom


class Chatter:
    """A library that logs, seen through the filter at a time that is set."""

    def __init__(self) -> None:
        self.now = 100.0
        self.filter = Seldom("chatty", every_s=10, now=lambda: self.now)

    def passes(self, message: str = "no broker", name: str = "chatty.conn") -> bool:
        self.record = logging.makeLogRecord(
            {"name": name, "msg": message, "levelno": logging.ERROR, "levelname": "ERROR"}
        )
        return bool(self.filter.filter(self.record))


def test_the_first_line_passes_and_its_repetitions_do_not() -> None:
    chatter = Chatter()
    assert [chatter.passes() for _ in range(3)] == [True, False, False]
    chatter.now += 9.9
    assert not chatter.passes()


def test_after_its_time_it_passes_with_the_number_withheld() -> None:
    chatter = Chatter()
    for _ in range(5):
        chatter.passes()
    chatter.now += 10
    assert chatter.passes()
    assert vars(chatter.record)["withheld_before"] == 4
    chatter.now += 10
    assert chatter.passes()
    assert "withheld_before" not in vars(chatter.record)


def test_another_line_is_not_withheld() -> None:
    chatter = Chatter()
    assert chatter.passes("no broker")
    assert chatter.passes("a broker again")
    assert chatter.passes("no broker", "chatty.other")


def test_what_is_ours_always_passes() -> None:
    chatter = Chatter()
    assert all(chatter.passes(name="ugc_api") for _ in range(3))


def test_what_a_library_tries_again_is_no_error_of_ours() -> None:
    chatter = Chatter()
    assert chatter.passes()
    assert chatter.record.levelname == "WARNING"
    assert chatter.passes(name="ours")
    assert chatter.record.levelname == "ERROR"
