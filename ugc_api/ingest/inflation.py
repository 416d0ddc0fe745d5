"""A compressed body becomes plain bytes, never more of them than a limit: a few hundred kilobytes
may stand for gigabytes, and are found out before they are made."""

import zlib

import zstandard

from ugc_api.problems import Problem, body_too_large

ENCODINGS = ("gzip", "zstd")
_MAX_WINDOW = 8 * 1024 * 1024  # what zstd may hold while it inflates; RFC 9659 asks for 8 MB
_GZIP = 16 + zlib.MAX_WBITS


def inflated(body: bytes, encoding: bytes, limit: int) -> bytes:
    """`body` without its Content-Encoding, at most `limit` bytes.

    Raises Problem: 415 for an encoding other than ENCODINGS, 413 beyond the limit, 422 when the
    body is broken, cut off or goes on after its end.
    """
    if encoding in (b"", b"identity"):
        return body
    if encoding == b"gzip":
        plain = _gunzip(body, limit)
    elif encoding == b"zstd":
        plain = _unzstd(body, limit)
    else:
        raise Problem(
            415,
            "unsupported_encoding",
            f"Content-Encoding may be {' or '.join(ENCODINGS)}",
            headers={"Accept-Encoding": ", ".join(ENCODINGS)},
        )
    if plain is None:
        raise Problem(422, "invalid_encoding", f"the body is not one whole {encoding.decode()}")
    if len(plain) > limit:
        raise body_too_large(limit)
    return plain


def _gunzip(body: bytes, limit: int) -> bytes | None:
    stream = zlib.decompressobj(_GZIP)
    try:
        plain = stream.decompress(body, limit + 1)
    except zlib.error:
        return None
    # A second member could follow, and a million empty ones: nobody needs them.
    whole = stream.eof and not stream.unused_data
    return plain if whole or len(plain) > limit else None


def _unzstd(body: bytes, limit: int) -> bytes | None:
    inflate = zstandard.ZstdDecompressor(max_window_size=_MAX_WINDOW)
    try:
        # A size in the header is believed when memory is taken, whatever max_output_size says.
        size = zstandard.get_frame_parameters(body).content_size
        if size != zstandard.CONTENTSIZE_UNKNOWN and size > limit:
            raise body_too_large(limit)
        try:
            plain = inflate.decompress(body, max_output_size=limit, allow_extra_data=False)
            return None if _goes_on(inflate, body, size) else plain
        except zstandard.ZstdError:
            # Too long and cut off are one error there.
            plain = inflate.stream_reader(body).read(limit + 1)
            return plain if len(plain) > limit else None
    except zstandard.ZstdError:
        return None


def _goes_on(inflate: zstandard.ZstdDecompressor, body: bytes, size: int) -> bool:
    """Whether there is more after the frame, which is of no more than the limit. `decompress` has
    looked by itself only if the frame says its size: what follows another one it drops in silence.
    """
    if size not in (0, zstandard.CONTENTSIZE_UNKNOWN):
        return False
    frame = inflate.decompressobj()
    frame.decompress(body)
    return bool(frame.unused_data)
