"""A header's name as no client of ours would write it."""


class OddName(str):
    """Kafka takes any bytes."""

    def encode(self, *_: object) -> bytes:
        return b"\xff\xfe"
