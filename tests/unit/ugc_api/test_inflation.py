"""What a compressed body may make us hold: no more than it may hold itself."""

import tracemalloc

import pytest
import zstandard

from ugc_api.ingest.batches import MAX_BODY_BYTES
from ugc_api.ingest.inflation import inflated
from ugc_api.problems import Problem

MIB = 1024 * 1024
GIB = 1024 * MIB
TEXT = b'{"progress":1}'


def frame(window_log: int, eighths: int = 0, size: int | None = None) -> bytes:
    """One of zstd (RFC 8878) with TEXT in a raw block, that asks for a window of 2**window_log
    bytes and some eighths more, and claims `size` when given."""
    window = bytes([window_log - 10 << 3 | eighths])
    head = b"\x00" + window if size is None else b"\x80" + window + size.to_bytes(4, "little")
    return b"\x28\xb5\x2f\xfd" + head + (len(TEXT) << 3 | 1).to_bytes(3, "little") + TEXT


def test_a_window_of_eight_mebibytes_is_the_largest() -> None:
    assert inflated(frame(23), b"zstd", MAX_BODY_BYTES) == TEXT
    # A size is claimed that is so small that no window is needed.
    assert inflated(frame(24, size=len(TEXT)), b"zstd", MAX_BODY_BYTES) == TEXT


@pytest.mark.parametrize(("window_log", "eighths"), [(23, 1), (24, 0), (27, 0), (31, 7)])
def test_a_larger_one_is_refused(window_log: int, eighths: int) -> None:
    with pytest.raises(Problem) as refused:
        inflated(frame(window_log, eighths), b"zstd", MAX_BODY_BYTES)
    assert (refused.value.status, refused.value.code) == (422, "invalid_encoding")


@pytest.mark.parametrize("size", [MAX_BODY_BYTES + 1, GIB])
def test_a_size_beyond_the_limit_is_refused_before_memory_is_taken(size: int) -> None:
    body = frame(23, size=size)
    tracemalloc.start()
    try:
        with pytest.raises(Problem) as refused:
            inflated(body, b"zstd", MAX_BODY_BYTES)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert (refused.value.status, refused.value.code) == (413, "body_too_large")
    assert peak < MIB


def streamed(text: bytes) -> bytes:
    """A frame that does not say its size: its writer did not know it yet."""
    stream = zstandard.ZstdCompressor().compressobj()
    return stream.compress(text) + stream.flush()


@pytest.mark.parametrize("more", [streamed(TEXT), zstandard.compress(TEXT), b"x"], ids=len)
@pytest.mark.parametrize(
    "first",
    [streamed(TEXT), zstandard.compress(TEXT), streamed(b""), zstandard.compress(b"")],
    ids=["streamed", "sized", "streamed and empty", "sized and empty"],
)
def test_what_follows_a_frame_is_not_dropped_in_silence(first: bytes, more: bytes) -> None:
    """It may be events, and the answer would be 202."""
    assert inflated(first, b"zstd", MAX_BODY_BYTES) in (TEXT, b"")
    with pytest.raises(Problem) as refused:
        inflated(first + more, b"zstd", MAX_BODY_BYTES)
    assert (refused.value.status, refused.value.code) == (422, "invalid_encoding")
