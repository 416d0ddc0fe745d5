"""Values that a client may send and none should: some are refused, some only look as if."""

from collections.abc import Mapping, Sequence

VALUES: Sequence[bytes] = (
    *(b"-1", b"NaN", b"Infinity", b"1e400", b"01", b"true", b"null", b'"5"', b"[]", b"{}"),
    *(b"[" * 2000, b"9" * 400, b'"\xed\xa0\x80"'),
)
_UUIDS = (
    *(b'"00000000-0000-0000-0000-000000000000"', b'"C232AB00-9414-11EC-B3C8-9F6BDECED846"'),
    *(b'"5d7c1e0a-3b52-4a0e-8c55-0d3c2f6b7a10"', b'"me"', b'"5d7c1e0a-3b52-4a0e-8c55-0d3c2f6b7a1"'),
)
_TIMES = (
    *(b'"2020-01-01T00:00:00Z"', b'"2099-01-01T00:00:00Z"', b'"2026-01-01T00:00:00"', b"0"),
    *(b'"9999-12-31T23:59:59-23:59"', b'"0001-01-01T00:00:00+23:59"', b'"2026-02-30T00:00:00Z"'),
)
OF_FIELDS: Mapping[bytes, Sequence[bytes]] = {
    b"progress": (b"-0.0", b"604800.001", b"604800"),
    b"total": (b"0", b"1e-9", b"604800.001"),
    b"movie_time_offset": (b"0.5", b"604800001"),
    b"film_id": _UUIDS,
    b"movie_id": _UUIDS,
    b"event_id": _UUIDS,
    b"user_id": _UUIDS,
    b"event_time": _TIMES,
    b"mood": (b'"good"',),
}
SEGMENTS = (
    *("a/b", "\0", "%", "%zz", " ", "é", "me", "x" * 9000, "{film_id}", "top"),
    *("00000000-0000-0000-0000-000000000000", "urn:uuid:0b5f7c6e-2a51-4c39-9a39-5e1d4c7a9d10"),
)
HEADERS = ("x" * 9000, "", "text/plain", "\xe9", "a, b", "return=minimal; x=1")
