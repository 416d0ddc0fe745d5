"""The answers of the ingest routes, and every refusal, as JSON schemas for the OpenAPI document."""

PROBLEM = {
    "type": "object",
    "description": "RFC 9457; `code` is stable. Where an event is to be repeated, its id and time.",
    "required": ["type", "title", "status", "code", "detail"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "code": {"type": "string"},
        "detail": {"type": "string"},
        "event_id": {"type": "string", "format": "uuid"},
        "event_time": {"type": "string", "format": "date-time"},
        "accepted": {"type": "integer", "const": 0, "description": "Of a batch: none is in."},
        "refused": {"type": "array", "items": {"$ref": "#/components/schemas/Refused"}},
        "missing": {"type": "array", "items": {"type": "string"}},
        "as_of": {"type": ["string", "null"], "format": "date-time"},
    },
}
REFUSED_ONE = {
    "type": "object",
    "description": "A report that is not in, by its place in the batch (from 0, empty lines not "
    "counted). Retryable: nobody knows whether it is stored, send it again with this id and time.",
    "required": ["index", "code", "retryable"],
    "properties": {
        "index": {"type": "integer"},
        "code": {"type": "string"},
        "detail": {"type": "string"},
        "retryable": {"type": "boolean"},
        "event_id": {"type": "string", "format": "uuid"},
        "event_time": {"type": "string", "format": "date-time"},
    },
}
ACCEPTED_ONE = {
    "type": "object",
    "required": ["event_id", "event_time", "receipt"],
    "properties": {
        "event_id": {"type": "string", "format": "uuid"},
        "event_time": {"type": "string", "format": "date-time"},
        "receipt": {
            "type": ["string", "null"],
            "pattern": "^[0-9]+-[0-9]+$",
            "description": "Its place in the topic; null = not known.",
        },
    },
    "additionalProperties": False,
}
ACCEPTED_OFFSET = {
    "type": "object",
    "required": ["message", "status"],
    "properties": {"message": {"const": "acknowledged"}, "status": {"const": "success"}},
    "additionalProperties": False,
}
ACCEPTED_ALL = {
    "type": "object",
    "required": ["accepted"],
    "properties": {"accepted": {"type": "integer", "minimum": 1}},
    "additionalProperties": False,
}
ACCEPTED_SOME = {
    "type": "object",
    "required": ["accepted", "refused"],
    "properties": {
        "accepted": {"type": "integer", "minimum": 1},
        "refused": {
            "type": "array",
            "minItems": 1,
            "items": {"$ref": "#/components/schemas/Refused"},
        },
    },
    "additionalProperties": False,
}
