"""Small bodies that say they are large ones, or are."""

import functools
import gzip
import zlib
from collections.abc import Mapping

import zstandard

MIB = 1024 * 1024
LINE = b'{"film_id":"0b5f7c6e-2a51-4c39-9a39-5e1d4c7a9d10","progress":1,"total":2}\n'
LARGE = 256  # mebibytes, of which 4 may come in
PIECE = LINE * (MIB // len(LINE))

Bomb = tuple[str, bytes, int, str]
"""Content-Encoding, body, status, code."""


def gzipped(mebibytes: int) -> bytes:
    stream = zlib.compressobj(9, wbits=31)
    return b"".join([*(stream.compress(PIECE) for _ in range(mebibytes)), stream.flush()])


def frame(mebibytes: int, size: int | None = None) -> bytes:
    """One of zstd; `size` stands in its head instead of nothing."""
    stream = zstandard.ZstdCompressor(level=3).compressobj()
    body = b"".join([*(stream.compress(PIECE) for _ in range(mebibytes)), stream.flush()])
    if size is None:
        return body
    # RFC 8878, 3.1.1.1: the flag of eight bytes of size, then the window's byte as it is
    return body[:4] + bytes([body[4] | 0xC0]) + body[5:6] + size.to_bytes(8, "little") + body[6:]


def raw_frame(window: int, content: bytes = LINE) -> bytes:
    """One raw block, in a frame that asks for a window by that byte of its head."""
    block = (len(content) << 3 | 1).to_bytes(3, "little") + content
    return b"\x28\xb5\x2f\xfd\x00" + bytes([window]) + block


def runs(blocks: int) -> bytes:
    """Blocks of four bytes that each stand for 128 KiB, which is as dense as zstd can be."""
    block = (128 * 1024 << 3 | 1 << 1).to_bytes(3, "little") + b" "
    last = (0 << 3 | 1).to_bytes(3, "little")
    return b"\x28\xb5\x2f\xfd\x00\x58" + block * blocks + last


@functools.cache
def bombs() -> Mapping[str, Bomb]:
    too_large = (413, "body_too_large")
    broken = (422, "invalid_encoding")
    large = gzipped(LARGE)
    flat = zstandard.ZstdCompressor()
    return {
        "large": ("gzip", large, *too_large),
        "large, of zstd": ("zstd", frame(LARGE), *too_large),
        "terabytes of zstd": ("zstd", runs(MIB - 100), *too_large),
        "one in another": ("gzip", gzip.compress(large), 422, "batch_cut_off"),
        "one in another, and said so": (
            "gzip, gzip",
            gzip.compress(large),
            415,
            "unsupported_encoding",
        ),
        "one in another, of two kinds": ("zstd", flat.compress(large), 422, "batch_cut_off"),
        "a hundred thousand members": ("gzip", gzip.compress(b"") * 100_000, *broken),
        "two members": ("gzip", gzip.compress(LINE) * 2, *broken),
        "two frames": ("zstd", frame(0) + flat.compress(LINE), *broken),
        "many frames": ("zstd", flat.compress(LINE) * 30_000, *broken),
        "frames to skip": ("zstd", b"\x50\x2a\x4d\x18\0\0\0\0" * 100_000, *broken),
        "a frame to skip of 4 GiB": ("zstd", b"\x50\x2a\x4d\x18\xff\xff\xff\xff", *too_large),
        "says a byte, holds many": ("zstd", frame(LARGE, 1), *broken),
        "says 2 GiB, holds a mebibyte": ("zstd", frame(1, 2 << 30), *too_large),
        "says 16 EiB": ("zstd", frame(1, (1 << 64) - 2), *too_large),
        "a window of 4 GiB": ("zstd", raw_frame(0xB0), *broken),
        "the largest window": ("zstd", raw_frame(0xFF), *broken),
        "cut off": ("gzip", gzipped(1)[:-9], *broken),
        "a wrong sum": ("gzip", gzipped(1)[:-8] + b"xxxxxxxx", *broken),
        "a long name in its head": (
            "gzip",
            b"\x1f\x8b\x08\x08" + bytes(6) + b"x" * 3 * MIB,
            *broken,
        ),
        "no gzip": ("gzip", LINE, *broken),
        "no zstd": ("zstd", LINE, *broken),
        "another kind": ("br", LINE, 415, "unsupported_encoding"),
        "zlib without a head": ("deflate", zlib.compress(LINE), 415, "unsupported_encoding"),
        "kinds with a comma": ("gzip,", gzip.compress(LINE), 415, "unsupported_encoding"),
        "not compressed": ("", b" " * (5 * MIB), *too_large),
    }
