"""What the URL and the headers of a request say, before its body is looked at."""

import base64
import binascii
import re
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from .errors import ServerError

# About how the answer travels; not settings of the engine, or without meaning here.
_IGNORED = frozenset(
    {
        *("wait_end_of_query", "send_progress_in_http_headers", "buffer_size", "stacktrace"),
        *("http_headers_progress_interval_ms", "cancel_http_readonly_queries_on_client_close"),
        *("client_protocol_version", "session_check", "add_http_cors_header", "quota_key"),
        *("http_write_exception_in_output_format", "compress", "decompress"),
    }
)
_OWN = frozenset(
    {
        *("query", "database", "default_format", "query_id", "session_id", "session_timeout"),
        *("user", "password", "enable_http_compression", "readonly"),
    }
)
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_MAX_SESSION_S = 3600.0


@dataclass(frozen=True)
class Request:
    """A query request; `settings` are the engine's and its `param_x`, in the order sent."""

    method: str
    query: str
    database: str
    default_format: str
    query_id: str
    session_id: str
    session_timeout_s: float
    user: str
    password: str
    readonly: str | None
    compressed_answer: str
    """What the client takes of `Content-Encoding`; empty unless it asked for compression."""
    content_encoding: str
    settings: Mapping[str, str]


def headers_of(scope: Mapping[str, Any]) -> dict[str, str]:
    return {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}


def read_request(scope: Mapping[str, Any]) -> Request:
    """Raises ServerError for parameters that cannot be honoured."""
    headers = headers_of(scope)
    query_string = scope["query_string"].decode("latin-1")
    parameters = dict(
        parse_qsl(query_string, keep_blank_values=True, errors="surrogateescape"),
    )
    if parameters.get("compress", "0") != "0" or parameters.get("decompress", "0") != "0":
        raise ServerError(
            48, "Only HTTP compression is implemented here, not compress=1", "NOT_IMPLEMENTED"
        )
    user, password = _credentials(parameters, headers)
    wanted = parameters.get("enable_http_compression", "0")
    return Request(
        method=scope["method"],
        query=parameters.get("query", ""),
        database=parameters.get("database") or headers.get("x-clickhouse-database", ""),
        default_format=parameters.get("default_format")
        or headers.get("x-clickhouse-format")
        or "TabSeparated",
        query_id=parameters.get("query_id") or str(uuid.uuid4()),
        session_id=parameters.get("session_id", ""),
        session_timeout_s=_session_timeout(parameters.get("session_timeout", "60")),
        user=user,
        password=password,
        readonly=parameters.get("readonly"),
        compressed_answer=headers.get("accept-encoding", "") if wanted not in ("0", "") else "",
        content_encoding=headers.get("content-encoding", ""),
        settings=_settings(parameters),
    )


def comes_from_here(scope: Mapping[str, Any]) -> bool:
    """Whether no web page is behind it: a browser on this machine must not be anyone's way in.

    A page elsewhere may send a POST (it carries Origin) or point its own name at 127.0.0.1.
    """
    headers = headers_of(scope)
    if "origin" in headers:
        return False
    try:
        host = urlsplit(f"//{headers.get('host', '')}").hostname
    except ValueError:
        return False
    return host in ("localhost", "127.0.0.1", "::1")


def _credentials(parameters: Mapping[str, str], headers: Mapping[str, str]) -> tuple[str, str]:
    if "x-clickhouse-user" in headers or "x-clickhouse-key" in headers:
        return headers.get("x-clickhouse-user", "default"), headers.get("x-clickhouse-key", "")
    scheme, _, encoded = headers.get("authorization", "").partition(" ")
    if scheme.lower() == "basic":
        try:
            user, _, password = base64.b64decode(encoded, validate=True).decode().partition(":")
        except (binascii.Error, UnicodeDecodeError):
            raise ServerError(194, "Invalid authentication", "REQUIRED_PASSWORD") from None
        return user or "default", password
    return parameters.get("user") or "default", parameters.get("password", "")


def _session_timeout(text: str) -> float:
    if not text.isdecimal() or not 0 < int(text) <= _MAX_SESSION_S:
        raise ServerError(36, f"Invalid session_timeout: {text}", "BAD_ARGUMENTS")
    return float(text)


def _settings(parameters: Mapping[str, str]) -> dict[str, str]:
    settings = {k: v for k, v in parameters.items() if k not in _OWN and k not in _IGNORED}
    for name in settings:
        if not _NAME.fullmatch(name):
            raise ServerError(
                115, f"Setting {name} is neither a builtin setting", "UNKNOWN_SETTING"
            )
    return settings
