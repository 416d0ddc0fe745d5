"""What fills the topic: the product's own events, each viewer in one partition."""

from aiokafka.partitioner import DefaultPartitioner
from bench import backlog

from ugc_events import decode, encode, partition_key


def test_events_are_the_product_s() -> None:
    viewer = backlog.new_viewers([0])[0][0]
    events = [backlog.event(viewer, number) for number in range(3)]
    assert len({one.event_id for one in events}) == 3
    for number, one in enumerate(events):
        known = decode(encode(one))
        assert (known.user_id, known.progress, known.total) == (viewer, number + 0.25, 5400)
        assert one.event_id.version == 7
        made = one.event_id.int >> 80
        assert abs(made - one.event_time.timestamp() * 1000) < 1000


def test_each_viewer_is_where_the_api_would_have_him() -> None:
    partitions = [0, 1, 2, 3, 4, 5]
    found = backlog.new_viewers(partitions)
    assert sorted(found) == partitions
    viewers = [viewer for some in found.values() for viewer in some]
    assert len(set(viewers)) == len(viewers) >= backlog.USERS
    choose = DefaultPartitioner()
    for partition, some in found.items():
        assert {choose(partition_key(one), partitions, partitions) for one in some} == {partition}
