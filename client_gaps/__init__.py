"""What aiokafka 0.13 and 0.14 and httpx under uvloop get wrong in the way of the promise, closed
here and nowhere else.

aiokafka's by private names, which is why its version is bounded. Imports nothing of ours.
"""

from client_gaps.bootstrap import tell_why_away
from client_gaps.connections import name_broken_connections
from client_gaps.groups import (
    check_offset_fetch,
    close_gaps,
    committed,
    polling,
    raise_group_errors,
)
from client_gaps.records import Record, bare, mend_records
from client_gaps.resets import http_client

__all__ = [
    "Record",
    "bare",
    "check_offset_fetch",
    "close_gaps",
    "committed",
    "http_client",
    "mend_records",
    "name_broken_connections",
    "polling",
    "raise_group_errors",
    "tell_why_away",
]
