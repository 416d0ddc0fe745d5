"""Requests of which two readers may not agree where the body ends, and what they carry."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from tests.integration.security.strangers import LIST, REPORT
from tests.integration.security.wire import ATTACK, HIDDEN

REPORTED = b'{"progress":1,"total":2}'
SIZE = len(REPORTED)
CHUNKED = b"18\r\n" + REPORTED + b"\r\n0\r\n\r\n"


@dataclass(frozen=True)
class Framing:
    """Lines of the head and a body; `{n}` in a line is the body's length."""

    lines: Sequence[str]
    body: bytes = REPORTED
    code: str = "bad_request"

    def request(self, token: str, address: str = REPORT, method: str = "POST") -> bytes:
        given = "".join(line.format(n=len(self.body)) + "\r\n" for line in self.lines)
        head = (
            f"{method} {address} HTTP/1.1\r\nHost: a\r\nX-Request-Id: {ATTACK}\r\n"
            f"Authorization: Bearer {token}\r\nContent-Type: application/json\r\n{given}\r\n"
        )
        return head.encode("latin-1") + self.body


def hidden(token: str) -> bytes:
    """A request that would be answered, if anybody took it for one."""
    return (
        f"GET {LIST} HTTP/1.1\r\nHost: a\r\nX-Request-Id: {HIDDEN}\r\n"
        f"Authorization: Bearer {token}\r\n\r\n"
    ).encode()


TWO_LENGTHS: Mapping[str, Framing] = {
    "CL.TE": Framing(["Content-Length: {n}", "Transfer-Encoding: chunked"], CHUNKED),
    "TE.CL": Framing(["Transfer-Encoding: chunked", "Content-Length: 4"], CHUNKED),
    "CL twice": Framing(["Content-Length: {n}", "Content-Length: {n}"]),
    "CL twice, the last 0": Framing(["Content-Length: {n}", "Content-Length: 0"]),
    "CL twice, the first 0": Framing(["Content-Length: 0", "Content-Length: {n}"]),
    "TE twice": Framing(["Transfer-Encoding: chunked"] * 2, CHUNKED),
    "TE, then identity": Framing(
        ["Transfer-Encoding: chunked", "Transfer-Encoding: identity"], CHUNKED
    ),
}
LENGTHS: Mapping[str, Framing] = {
    f"CL {value!r}": Framing([f"Content-Length: {value}"])
    for value in (
        *("+24", "-24", "24 24", "24, 24", "24,0", "0x18", "2_4", "1e1", "24a", "24;", "", "\v24"),
        *("24\0", "24.0", "99999999999999999999999", "18446744073709551640", "\xb2"),
    )
}
ENCODINGS: Mapping[str, Framing] = {
    f"TE {value!r}": Framing([f"Transfer-Encoding:{value}"], CHUNKED, "not_implemented")
    for value in (
        *(" xchunked", " chunked, identity", " chunked;q=1", ' "chunked"', " \vchunked"),
        *(" identity", " chunked chunked", " chunke", " \xa0chunked", ""),
    )
}
LINES: Mapping[str, Framing] = {
    "space before the colon of TE": Framing(
        ["Transfer-Encoding : chunked", "Content-Length: {n}"], CHUNKED
    ),
    "space before the colon of CL": Framing(["Content-Length : {n}"]),
    "space before the colon": Framing(["X : a", "Content-Length: {n}"]),
    "folded": Framing(["X: a", " b", "Content-Length: {n}"]),
    "folded length": Framing(["Content-Length:", " {n}"]),
    "folded encoding": Framing(["Transfer-Encoding:", "\tchunked"], CHUNKED),
    "NUL in a value": Framing(["X: a\0b", "Content-Length: {n}"]),
    "NUL in a name": Framing(["X\0: a", "Content-Length: {n}"]),
    "CR in a value": Framing(["X: a\rContent-Length: 0", "Content-Length: {n}"]),
    "no name": Framing([": a", "Content-Length: {n}"]),
}
CHUNKS: Mapping[str, Framing] = {
    name: Framing(["Transfer-Encoding: chunked"], body)
    for name, body in {
        "size of 64 bits and more": b"10000000000000018\r\n" + REPORTED + b"\r\n0\r\n\r\n",
        "size below 0": b"-18\r\n" + REPORTED + b"\r\n0\r\n\r\n",
        "size with a sign": b"+18\r\n" + REPORTED + b"\r\n0\r\n\r\n",
        "size with 0x": b"0x18\r\n" + REPORTED + b"\r\n0\r\n\r\n",
        "size after a space": b" 18\r\n" + REPORTED + b"\r\n0\r\n\r\n",
        "size of no digits": b";a=b\r\n" + REPORTED + b"\r\n0\r\n\r\n",
        "size of letters": b"zz\r\n" + REPORTED + b"\r\n0\r\n\r\n",
        "size too small": b"17\r\n" + REPORTED + b"\r\n0\r\n\r\n",
        "extension with CR": b"18;a\rb\r\n" + REPORTED + b"\r\n0\r\n\r\n",
    }.items()
}
REFUSED: Mapping[str, Framing] = {**TWO_LENGTHS, **LENGTHS, **ENCODINGS, **LINES, **CHUNKS}
"""By nginx and by the API alike."""

UNUSUAL: Mapping[str, Framing] = {
    "lines end with LF alone": Framing(["X: a\nContent-Length: {n}"]),
    "zeros before the length": Framing(["Content-Length: 00{n}"]),
    "spaces around the length": Framing(["Content-Length:   {n}  "]),
    "encoding in capitals": Framing(["TRANSFER-ENCODING: CHUNKED"], CHUNKED),
    "encoding with an underscore": Framing(["Content-Length: {n}", "Transfer_Encoding: chunked"]),
    "length with an underscore": Framing(["Content-Length: {n}", "Content_Length: 3"]),
    "a line without a colon": Framing(["Content-Length: {n}", "Transfer"]),
    "many chunks": Framing(
        ["Transfer-Encoding: chunked"],
        b"".join(b"1\r\n%c\r\n" % byte for byte in REPORTED) + b"0\r\n\r\n",
    ),
    "a chunk with an extension": Framing(
        ["Transfer-Encoding: chunked"], b"18;a=b\r\n" + REPORTED + b"\r\n0\r\n\r\n"
    ),
    "chunks that end with LF alone": Framing(
        ["Transfer-Encoding: chunked"], b"18\n" + REPORTED + b"\n0\n\n"
    ),
    "a space after a chunk's size": Framing(
        ["Transfer-Encoding: chunked"], b"18 \r\n" + REPORTED + b"\r\n0\r\n\r\n"
    ),
    "zeros before a chunk's size": Framing(["Transfer-Encoding: chunked"], b"0" * 4000 + CHUNKED),
    "trailers": Framing(
        ["Transfer-Encoding: chunked"], CHUNKED[:-2] + b"Content-Length: 5\r\n\r\n"
    ),
    "an upgrade": Framing(["Content-Length: {n}", "Connection: Upgrade", "Upgrade: h2c"]),
    "hop by hop": Framing(["Content-Length: {n}", "Connection: keep-alive, content-length"]),
}
"""nginx takes them for one request."""
