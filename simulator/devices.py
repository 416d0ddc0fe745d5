"""What a viewer watches on. No two devices agree what time it is."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum


class Kind(StrEnum):
    PHONE = "phone"
    TV = "tv"


GATHERS_S = {Kind.PHONE: 0.0, Kind.TV: 1.0}
"""How long a device gathers reports before it sends them: a phone sends each at once."""

MOST_AHEAD_S = 90.0
"""A clock is ahead or behind by so many seconds at most."""


@dataclass(frozen=True)
class Device:
    kind: Kind
    ahead_s: float  # of the true time; negative = behind

    def shows(self, moment: datetime) -> datetime:
        """The time on its clock, in whole milliseconds."""
        shown = moment + timedelta(seconds=self.ahead_s)
        return shown.replace(microsecond=shown.microsecond // 1000 * 1000)
