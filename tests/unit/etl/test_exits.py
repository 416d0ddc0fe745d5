"""Where each kind of error leaves the worker."""

import httpx
import pytest
from aiokafka.errors import (
    ClusterAuthorizationFailedError,
    CorruptRecordException,
    GroupAuthorizationFailedError,
    KafkaConnectionError,
    KafkaTimeoutError,
    NotEnoughReplicasError,
    TopicAuthorizationFailedError,
    UnknownTopicOrPartitionError,
)

from etl.exits import (
    EmptyNode,
    Exit,
    LostPosition,
    MalformedRows,
    WarehouseAway,
    WarehouseRefusal,
    exit_for,
    explain,
    warehouse_error,
)
from ugc_events import NewerContract, UnreadableEvent


@pytest.mark.parametrize(
    ("error", "way"),
    [
        (UnreadableEvent("not_json", ""), Exit.BURY),
        (NewerContract(2), Exit.STOP),
        (LostPosition("gone"), Exit.STOP),
        (WarehouseAway(999, ""), Exit.RETRY),
        (WarehouseRefusal(60, ""), Exit.STOP),
        (MalformedRows(117, ""), Exit.STOP),
        (httpx.ConnectError("refused"), Exit.RETRY),
        (httpx.ReadTimeout("slow"), Exit.RETRY),
        (httpx.UnsupportedProtocol("no http:// before it"), Exit.STOP),
        (httpx.RemoteProtocolError("cut"), Exit.RETRY),
        (KafkaConnectionError(), Exit.RETRY),
        (KafkaTimeoutError(), Exit.RETRY),
        (NotEnoughReplicasError(), Exit.RETRY),
        (UnknownTopicOrPartitionError(), Exit.RETRY),
        (TopicAuthorizationFailedError("views"), Exit.STOP),
        (GroupAuthorizationFailedError("views"), Exit.STOP),
        (ClusterAuthorizationFailedError(), Exit.STOP),
        (CorruptRecordException("Invalid CRC"), Exit.STOP),
        (KeyError("a defect"), Exit.STOP),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Exception) else value.value,
)
def test_errors_leave_by_their_exit_and_unknown_ones_stop(error: Exception, way: Exit) -> None:
    assert exit_for(error) is way


def test_what_kafka_forbids_is_named_with_what_gives_the_right() -> None:
    forbidden = explain(GroupAuthorizationFailedError("views"))
    assert "GroupAuthorizationFailedError: views" in forbidden
    assert "kafka/acls" in forbidden
    assert explain(LostPosition("gone")) == "gone"


@pytest.mark.parametrize(
    ("status", "code", "text", "kind"),
    [
        (500, 999, "Coordination error", WarehouseAway),
        (500, 319, "Unknown status of insert", WarehouseAway),
        (500, 242, "Table is in readonly mode", WarehouseAway),
        (500, 241, "Memory limit exceeded", WarehouseAway),
        (500, 252, "Too many parts (300)", WarehouseAway),
        (500, 33, "Cannot read all data", WarehouseAway),
        (503, 0, "upstream is gone", WarehouseAway),
        (429, 0, "", WarehouseAway),
        (400, 117, "Duplicate field", MalformedRows),
        (400, 27, "Cannot parse input", MalformedRows),
        (404, 60, "Table does not exist", EmptyNode),
        (404, 0, "not ClickHouse at all", WarehouseRefusal),
        (403, 516, "Authentication failed", WarehouseRefusal),
        (500, 12345, "A code of tomorrow", WarehouseRefusal),
    ],
)
def test_what_an_answer_of_clickhouse_means(
    status: int, code: int, text: str, kind: type[Exception]
) -> None:
    assert type(warehouse_error(status, code, text)) is kind


def test_rows_that_clickhouse_quotes_do_not_reach_the_log() -> None:
    refusal = warehouse_error(400, 117, "Cannot parse: {'user_id': 'somebody'}")
    assert "somebody" not in str(refusal)
    assert "117" in str(refusal)
