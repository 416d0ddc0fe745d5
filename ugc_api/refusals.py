"""What the ingest routes refuse, by status and code: the document's and the metrics' list."""

from collections.abc import Mapping

REFUSALS: Mapping[int, tuple[str, Mapping[str, str]]] = {
    401: ("no valid bearer token", {"unauthorized": "a valid bearer token is required"}),
    403: ("somebody else's event", {"user_mismatch": "user_id is not the subject of the token"}),
    408: ("the body did not arrive", {"body_timeout": "the body did not arrive in time"}),
    413: (
        "too much at once",
        {
            "body_too_large": "the body is larger than 65536 bytes",
            "too_many_events": "a batch has at most 10000 events",
        },
    ),
    415: (
        "not a media type or encoding of this route",
        {
            "unsupported_media_type": "Content-Type must be application/json",
            "unsupported_encoding": "this route takes no Content-Encoding",
        },
    ),
    422: (
        "not an event",
        {
            "body_empty": "the body is empty",
            "invalid_encoding": "the body is not one whole gzip",
            "invalid_json": "JSON is malformed: expected ':' (byte 12)",
            "invalid_field": "Expected `float` >= 0.0 - at `$.progress`",
            "unknown_field": "Object contains unknown field `mood`",
            "repeated_field": "a field is given more than once",
            "progress_beyond_total": "progress is greater than total",
            "event_time_out_of_window": (
                "event_time must be at most 30 days old and 5 minutes ahead"
            ),
            "event_time_required": (
                "without event_time, event_id must be a UUIDv7 of the last 30 days"
            ),
            "film_id_invalid": "the film's id is not a UUID",
            "film_reserved": "the nil film is reserved",
            "batch_cut_off": "the last line is cut off: nothing of the batch is stored",
            "nothing_valid": "no report is valid",
        },
    ),
    429: (
        "too many events of this user, see Retry-After",
        {"rate_limited": "too many events or readings of this user"},
    ),
    503: (
        "not now, or unknown whether it is stored: then event_id and event_time say what to repeat",
        {
            "not_acknowledged": "Kafka did not acknowledge the event, it may be stored or not: "
            "send it again, with this event_id and event_time",
            "too_many_batches": (
                "too many batches at once, nothing of this one is stored: send it again"
            ),
            "overloaded": "too many requests at once, nothing is stored: send it again",
            "keys_unavailable": (
                "whether this token is valid is not known now, nothing is stored: send it again"
            ),
        },
    ),
}
"""Of the ingest routes: what each status means, its codes, and how each may read."""

BATCH_CODES = frozenset(
    {"too_many_events", "invalid_encoding", "batch_cut_off", "nothing_valid", "too_many_batches"}
)
"""Those that only a batch as a whole is refused with."""
