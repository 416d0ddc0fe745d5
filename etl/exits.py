"""Where an error leaves the worker: the three exits, as one table.

RETRY   the same batch again, for ever: it would pass if only the other side were well.
BURY    this one record goes to the dead letters; the others are not held up by it.
STOP    nothing is passed, the process ends and says why: somebody must look.

What is not in the table stops. An unknown error must never become a loss.
"""

from enum import Enum

import httpx
from aiokafka.errors import (
    ClusterAuthorizationFailedError,
    CorruptRecordException,
    GroupAuthorizationFailedError,
    KafkaError,
    KafkaTimeoutError,
    TopicAuthorizationFailedError,
)

from ugc_events import NewerContract, UnreadableEvent


class Exit(Enum):
    RETRY = "retry"
    BURY = "bury"
    STOP = "stop"


class WarehouseError(Exception):
    """ClickHouse refused; `code` is its exception code, 0 when it gave none."""

    def __init__(self, code: int, text: str) -> None:
        super().__init__(text)
        self.code = code


class WarehouseAway(WarehouseError):
    """It cannot take anything now: overloaded, read-only, without Keeper or quorum."""


class MalformedRows(WarehouseError):
    """It could not read the rows of this batch. Its text quotes them, and is never logged."""

    def __str__(self) -> str:
        return f"ClickHouse cannot read the rows (code {self.code})"


class WarehouseRefusal(WarehouseError):
    """Anything else: a missing table or column, a wrong password, a setting it does not know."""


class EmptyNode(WarehouseRefusal):
    """It has no such table: nobody has migrated, or this node alone lost its disk."""


class LostPosition(Exception):
    """The committed offset is outside the log: it expired, or the topic was made anew."""


class TooManyDeadLetters(Exception):
    """Unreadable records have become the rule."""


class MissingTopic(Exception):
    """There is nothing to read: it was not made, its name is wrong, or the user has no right."""

    def __init__(self, topic: str) -> None:
        super().__init__(
            f"there is no topic {topic}, or this user may not see it: run `python -m etl topics`, "
            "or kafka/acls"
        )


EXITS: tuple[tuple[type[Exception], Exit], ...] = (
    (UnreadableEvent, Exit.BURY),
    (NewerContract, Exit.STOP),
    (TooManyDeadLetters, Exit.STOP),
    (LostPosition, Exit.STOP),
    (MissingTopic, Exit.STOP),
    (WarehouseAway, Exit.RETRY),
    (MalformedRows, Exit.STOP),
    (WarehouseRefusal, Exit.STOP),
    (httpx.UnsupportedProtocol, Exit.STOP),
    (httpx.LocalProtocolError, Exit.STOP),
    (httpx.TransportError, Exit.RETRY),
    (KafkaTimeoutError, Exit.RETRY),
    # Never again in the same process: what the poll had taken of other partitions before, their
    # positions passed, is gone with it. A new process begins at what was committed.
    (CorruptRecordException, Exit.STOP),
)


def exit_for(error: Exception) -> Exit:
    """The exit of `error`; Kafka's other errors know themselves whether they can be retried."""
    for kind, way in EXITS:
        if isinstance(error, kind):
            return way
    return Exit.RETRY if isinstance(error, KafkaError) and error.retriable else Exit.STOP


_FORBIDDEN = (
    TopicAuthorizationFailedError,
    GroupAuthorizationFailedError,
    ClusterAuthorizationFailedError,
)


def explain(error: Exception) -> str:
    """Its text; Kafka names what it forbids, but not what to do about it."""
    remedy = ": this user has no right to it, kafka/acls gives it"
    return f"{error}{remedy if isinstance(error, _FORBIDDEN) else ''}"


_MALFORMED = frozenset({6, 25, 26, 27, 38, 41, 69, 72, 117, 349, 376, 407, 441})
"""CANNOT_PARSE_* and their kin: the text of a row, not the state of the server."""

_NETWORK = {32, 33, 95, 96, 102, 198, 203, 209, 210, 279, 297, 519, 1000}
_TIME = {159, 160, 1019, 1020}
_LOAD = {75, 76, 173, 202, 241, 243, 252, 439, 473, 745, 749, 762, 777, 778}
_KEEPER_AND_REPLICAS = {225, 242, 254, 265, 285, 286, 319, 369, 999}
_STOPPING = {236, 394, 733}
_AWAY = frozenset(_NETWORK | _TIME | _LOAD | _KEEPER_AND_REPLICAS | _STOPPING)
"""By kind: cut connections (also between nodes, or a body that did not arrive whole), time-outs,
memory, disk, threads and too many parts, read-only replicas and unknown outcomes, cancelled."""

_NO_TABLE = frozenset({60, 81})

_UNAVAILABLE_STATUS = frozenset({429, 502, 503, 504})


def warehouse_error(status: int, code: int, text: str) -> WarehouseError:
    """What an answer of ClickHouse means: HTTP status, exception code (0 = none), its text."""
    if code in _MALFORMED:
        return MalformedRows(code, text)
    if code in _AWAY or (code == 0 and status in _UNAVAILABLE_STATUS):
        return WarehouseAway(code, text)
    return (EmptyNode if code in _NO_TABLE else WarehouseRefusal)(code, text)
