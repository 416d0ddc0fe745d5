"""What aiokafka 0.13 and 0.14 get wrong in the way of the promise, closed here and nowhere else.

By private names, which is why its version is bounded. Imports nothing of ours.
"""

from aiokafka_gaps.connections import name_broken_connections
from aiokafka_gaps.groups import (
    check_offset_fetch,
    close_gaps,
    committed,
    polling,
    raise_group_errors,
)
from aiokafka_gaps.headers import read_odd_headers

__all__ = [
    "check_offset_fetch",
    "close_gaps",
    "committed",
    "name_broken_connections",
    "polling",
    "raise_group_errors",
    "read_odd_headers",
]
