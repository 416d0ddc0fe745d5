"""Record batches: small enough for a broker, in the viewer's order, and nobody else's."""

from uuid import UUID

from aiokafka.errors import NotEnoughReplicasError
from aiokafka.partitioner import DefaultPartitioner

from tests.unit.ugc_api.producing import ACK, Kafka, events
from ugc_events import partition_key

VIEWERS = [UUID(int=number) for number in range(1, 41)]
PARTITIONS = 6
TRACED = [("request_id", b"a-request")]


async def test_ten_thousand_of_a_viewer_are_several_in_their_order() -> None:
    kafka, given = Kafka(), events(10_000)
    assert await kafka.reasons(given, TRACED) == [None] * len(given)
    batches = kafka.producer.sent
    assert len(batches) > 1
    assert max(batch.size for batch in batches) <= 900 * 1024
    assert min(batch.size for batch in batches[:-1]) > 890 * 1024  # none is sent half full
    assert [record.event for batch in batches for record in batch.records] == given


async def test_nothing_is_added_to_one_by_others() -> None:
    """A single event in it would share its fate."""
    kafka = Kafka(partitions=PARTITIONS)
    await kafka.reasons([one for viewer in VIEWERS for one in events(3, viewer)], TRACED)
    assert [batch.closed for batch in kafka.producer.sent] == [True] * PARTITIONS


async def test_a_viewer_s_are_where_single_events_go_with_key_and_headers() -> None:
    """In one partition, or one viewer's events would be in no order."""
    kafka, partition_of = Kafka(partitions=PARTITIONS), DefaultPartitioner()
    await kafka.reasons([one for viewer in VIEWERS for one in events(2, viewer)], TRACED)
    numbers = list(range(PARTITIONS))
    for batch in kafka.producer.sent:
        for record in batch.records:
            assert record.key == partition_key(record.event.user_id)
            assert partition_of(record.key, numbers, numbers) == batch.partition
            assert list(record.headers) == TRACED


async def test_an_event_fares_as_the_record_batch_it_lies_in() -> None:
    """Those of many viewers taken in turns, two partitions failing and one of them in part."""
    lost, torn = 2, 4
    script = {lost: [NotEnoughReplicasError()] * 9, torn: [ACK, NotEnoughReplicasError()]}
    kafka = Kafka(script=script, partitions=PARTITIONS)
    of_viewers = [events(2, viewer) for viewer in VIEWERS[:12]]
    given = [one for turn in zip(*of_viewers, strict=True) for one in turn]
    reasons = await kafka.reasons(given)
    failed = [batch for batch in kafka.producer.sent if batch.partition == lost]
    failed.append([batch for batch in kafka.producer.sent if batch.partition == torn][1])
    unknown = {
        (record.event.user_id, record.event.event_id)
        for batch in failed
        for record in batch.records
    }
    assert 0 < len(unknown) < len(given)
    assert reasons == [
        "broker" if (one.user_id, one.event_id) in unknown else None for one in given
    ]
