"""What today's contract says of a letter, whatever was the reason when it was buried."""

from dataclasses import dataclass

from ugc_events import NewerContract, UnreadableEvent, decode


@dataclass(frozen=True)
class Verdict:
    readable: bool
    text: str


READABLE = Verdict(True, "would be stored")
STORED = Verdict(True, "stored")
NEWER = Verdict(False, "newer contract")


def verdict(value: bytes | None) -> Verdict:
    try:
        decode(value)
    except UnreadableEvent as poison:
        return Verdict(False, f"still {poison.reason}")
    except NewerContract:
        return NEWER
    return READABLE
