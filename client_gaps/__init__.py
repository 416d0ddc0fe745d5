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
from client_gaps.headers import read_odd_headers
from client_gaps.resets import http_client

__all__ = [
    "check_offset_fetch",
    "close_gaps",
    "committed",
    "http_client",
    "name_broken_connections",
    "polling",
    "raise_group_errors",
    "read_odd_headers",
    "tell_why_away",
]
