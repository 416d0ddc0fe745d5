"""Compressed bodies: requests inflated as they arrive, answers deflated whole.

A request may name gzip, zstd or lz4 (frames). It must end where its compressed stream ends: one
that stops early is an error, so that half an insert is never taken for the whole.
"""

import gzip
import zlib
from collections.abc import Callable, Iterator
from typing import Protocol

import lz4.frame  # type: ignore[import-untyped]
import zstandard

from .errors import ServerError

STEP_BYTES = 1 << 20
"""Inflated at once, so that a few compressed bytes cannot fill the memory."""
# A zstd block of a few bytes may stand for 128 KiB: with slices of this size, one step gives at
# most 256 / 4 * 128 KiB = 8 MiB.
_ZSTD_SLICE_BYTES = 256


class Inflater(Protocol):
    def feed(self, data: bytes) -> Iterator[bytes]:
        """What these bytes inflate to, in bounded pieces; raises ServerError when broken."""
        ...

    def finish(self) -> None:
        """Raises ServerError unless the stream has ended."""
        ...


class Plain:
    """A body that is not compressed; that it is complete is HTTP's to say."""

    def feed(self, data: bytes) -> Iterator[bytes]:
        yield data

    def finish(self) -> None:
        return


class Gzip:
    def __init__(self) -> None:
        self._stream = zlib.decompressobj(wbits=31)

    def feed(self, data: bytes) -> Iterator[bytes]:
        piece = b""
        # A full piece may leave output behind in the stream even when all input is consumed.
        while data or len(piece) == STEP_BYTES:
            try:
                piece = self._stream.decompress(data, STEP_BYTES)
            except zlib.error as error:
                raise _broken("gzip", 354, "ZLIB_INFLATE_FAILED") from error
            if self._stream.unused_data:
                raise _broken("gzip", 354, "ZLIB_INFLATE_FAILED")
            data = self._stream.unconsumed_tail
            if piece:
                yield piece

    def finish(self) -> None:
        if not self._stream.eof:
            raise _broken("gzip", 354, "ZLIB_INFLATE_FAILED")


class Zstd:
    def __init__(self) -> None:
        self._stream = zstandard.ZstdDecompressor().decompressobj()

    def feed(self, data: bytes) -> Iterator[bytes]:
        for at in range(0, len(data), _ZSTD_SLICE_BYTES):
            try:
                piece = self._stream.decompress(data[at : at + _ZSTD_SLICE_BYTES])
            except zstandard.ZstdError as error:
                raise _broken("zstd", 561, "ZSTD_DECODER_FAILED") from error
            if self._stream.unused_data:
                raise _broken("zstd", 561, "ZSTD_DECODER_FAILED")
            if piece:
                yield piece

    def finish(self) -> None:
        if not self._stream.eof:
            raise _broken("zstd", 561, "ZSTD_DECODER_FAILED")


class Lz4:
    def __init__(self) -> None:
        self._stream = lz4.frame.LZ4FrameDecompressor()

    def feed(self, data: bytes) -> Iterator[bytes]:
        while data or not (self._stream.needs_input or self._stream.eof):
            try:
                piece = self._stream.decompress(data, STEP_BYTES)
            except (RuntimeError, EOFError) as error:
                raise _broken("lz4", 618, "LZ4_DECODER_FAILED") from error
            if self._stream.unused_data:
                raise _broken("lz4", 618, "LZ4_DECODER_FAILED")
            data = b""
            if piece:
                yield piece

    def finish(self) -> None:
        if not self._stream.eof:
            raise _broken("lz4", 618, "LZ4_DECODER_FAILED")


def _broken(encoding: str, code: int, name: str) -> ServerError:
    return ServerError(code, f"The {encoding} body is broken or cut off", name)


_INFLATERS: dict[str, Callable[[], Inflater]] = {
    "": Plain,
    "identity": Plain,
    "gzip": Gzip,
    "zstd": Zstd,
    "lz4": Lz4,
}


def inflater(content_encoding: str) -> Inflater:
    """Raises ServerError (415) for an encoding this server does not read."""
    try:
        return _INFLATERS[content_encoding.strip().lower()]()
    except KeyError:
        raise ServerError(
            779, "The body's Content-Encoding must be gzip, zstd or lz4", "UNSUPPORTED_MEDIA_TYPE"
        ) from None


_DEFLATERS: dict[str, Callable[[bytes], bytes]] = {
    "zstd": lambda body: zstandard.ZstdCompressor(level=1).compress(body),
    "lz4": lambda body: bytes(lz4.frame.compress(body)),
    "gzip": lambda body: gzip.compress(body, compresslevel=1),
}


def preferred(accept_encoding: str) -> str | None:
    """The cheapest encoding that the client takes."""
    accepted = {entry.split(";")[0].strip().lower() for entry in accept_encoding.split(",")}
    return next((encoding for encoding in _DEFLATERS if encoding in accepted), None)


def deflate(body: bytes, encoding: str) -> bytes:
    return _DEFLATERS[encoding](body)
