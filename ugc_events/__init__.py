"""The contract between who writes the topic and who reads it: the event, its limits, its encoding.

Imports nothing of ours; everything else may import it.
"""

from ugc_events.event import NIL_FILM, VERSION, ViewProgress, partition_key
from ugc_events.glance import glance
from ugc_events.wire import NewerContract, UnreadableEvent, decode, decode_lines, encode

__all__ = [
    "NIL_FILM",
    "VERSION",
    "NewerContract",
    "UnreadableEvent",
    "ViewProgress",
    "decode",
    "decode_lines",
    "encode",
    "glance",
    "partition_key",
]
