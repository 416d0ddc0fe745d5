"""Compressed bodies end where their stream ends, and inflate in bounded pieces."""

import gzip

import lz4.frame  # type: ignore[import-untyped]
import pytest
import zstandard

from embedded.clickhouse.encodings import STEP_BYTES, deflate, inflater, preferred
from embedded.clickhouse.errors import ServerError

ROWS = b'{"id": 1}\n' * 300_000
COMPRESSED = {
    "gzip": gzip.compress(ROWS),
    "zstd": zstandard.compress(ROWS),
    "lz4": bytes(lz4.frame.compress(ROWS)),
}


@pytest.mark.parametrize("encoding", COMPRESSED)
@pytest.mark.parametrize("chunk", [1000, 1 << 20])
def test_a_body_inflates_to_what_was_sent_in_bounded_pieces(encoding: str, chunk: int) -> None:
    stream, body = inflater(encoding), COMPRESSED[encoding]
    pieces = [
        piece for at in range(0, len(body), chunk) for piece in stream.feed(body[at : at + chunk])
    ]
    stream.finish()
    assert b"".join(pieces) == ROWS
    assert max(map(len, pieces)) <= 8 * STEP_BYTES


@pytest.mark.parametrize("encoding", COMPRESSED)
@pytest.mark.parametrize("cut", ["short", "broken", "trailing"])
def test_a_body_cut_off_broken_or_with_a_tail_is_an_error(encoding: str, cut: str) -> None:
    body = COMPRESSED[encoding]
    body = {"short": body[:-5], "broken": b"xxxx" + body[4:], "trailing": body + b"tail"}[cut]
    stream = inflater(encoding)

    def read() -> None:
        for _ in stream.feed(body):
            pass
        stream.finish()

    with pytest.raises(ServerError, match="broken or cut off"):
        read()


def test_an_unknown_encoding_is_an_unsupported_media_type() -> None:
    with pytest.raises(ServerError) as refused:
        inflater("br")
    assert refused.value.status == 415


@pytest.mark.parametrize("encoding", COMPRESSED)
def test_an_answer_deflates_as_the_client_asks(encoding: str) -> None:
    assert preferred(f"br, {encoding};q=1") == encoding
    assert b"".join(inflater(encoding).feed(deflate(ROWS, encoding))) == ROWS
