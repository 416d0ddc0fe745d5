"""What became of an event: its receipt says where it lies in the topic, and the worker's committed
offset whether it has come by there.

The commit is read before ClickHouse: an offset that was passed then is stored by the time we look.
"""

import re
import time
from typing import Literal
from uuid import UUID

from ugc_api.publishing.publisher import Receipt
from ugc_api.reads.freshness import Reading
from ugc_api.reads.models import Status
from ugc_api.reads.offsets import PartitionOffsets
from ugc_api.reads.problems import problem
from ugc_api.reads.queries import EVENT, event_anywhere
from ugc_api.reads.side import ReadSide

RECEIPT = "(0|[1-9][0-9]{0,8})-(0|[1-9][0-9]{0,17})"


async def status(
    reads: ReadSide, user_id: UUID, event_id: UUID, receipt: str | None
) -> tuple[Status, Reading | None]:
    """With the reading of Kafka it rests on. Raises Problem 422 or 503."""
    where = None if receipt is None else read_receipt(receipt)
    asked = time.monotonic()
    reading = await reads.freshness.reading()
    place: Literal["ahead", "passed", "beyond"] = "beyond"
    if where is not None:
        place = place_of(where, user_id, reading)
        if place == "beyond":
            # A shared reading may have begun before the event came.
            reading = await reads.freshness.reading(begun_after=asked)
            place = place_of(where, user_id, reading)
    identity = {"user_id": user_id, "event_id": event_id}
    if await reads.warehouse.rows("event", EVENT, **identity):
        return "stored", reading
    if place == "beyond":
        return "unknown", reading
    if place == "ahead":
        return "accepted", reading
    if reads.cluster:
        everywhere = event_anywhere(reads.cluster)
        if await reads.warehouse.rows("event_anywhere", everywhere, **identity):
            return "stored", reading
    return "not_stored", reading


def read_receipt(text: str) -> Receipt:
    """Raises Problem 422 `receipt_invalid`."""
    found = re.fullmatch(RECEIPT, text)
    if found is None:
        raise problem("receipt_invalid")
    return Receipt(int(found[1]), int(found[2]))


def place_of(
    where: Receipt, user_id: UUID, reading: Reading | None
) -> Literal["ahead", "passed", "beyond"]:
    """Of a receipt: ahead of the worker, passed by it, or beyond all that was ever given out.
    Raises Problem 503 while Kafka is away, 422 for a place where this viewer has no events."""
    if reading is None:
        raise problem("kafka_away")
    if where.partition != reading.partition(user_id):
        raise problem("receipt_invalid")
    at: PartitionOffsets = reading.offsets[where.partition]
    if where.offset >= at.end:
        return "beyond"
    return "ahead" if where.offset >= at.committed else "passed"
