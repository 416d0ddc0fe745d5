"""The metrics port of a process: `/metrics` for Prometheus and `/readyz` for who waits for it.

It has its own port and threads, so that it answers while the process's event loop is busy.
"""

import socket
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_LATEST


def serve(
    host: str,
    port: int,
    registry: CollectorRegistry,
    missing: Callable[[], list[str]] | None = None,
) -> ThreadingHTTPServer:
    """Start answering in daemon threads. Raises OSError when the port is taken.

    `missing()` names what the process still waits for: `/readyz` is 200 when that is nothing, else
    503 with the names, one a line. Without it there is no `/readyz` here.
    """

    class Answer(BaseHTTPRequestHandler):
        timeout = 10  # seconds; a silent connection does not keep its thread for ever

        def do_GET(self) -> None:
            if self.path == "/metrics":
                self._send(200, generate_latest(registry), CONTENT_TYPE_LATEST)
            elif self.path == "/readyz" and missing is not None:
                absent = missing()
                text = "\n".join(absent or ["ready"]) + "\n"
                self._send(503 if absent else 200, text.encode(), "text/plain; charset=utf-8")
            else:
                self._send(404, b"there is nothing at this address\n", "text/plain")

        def _send(self, status: int, body: bytes, content_type: str) -> None:
            self.send_response(status)
            self.send_header("Content-Type", content_type)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            """A scrape is not worth a log line."""

    class Server(ThreadingHTTPServer):
        address_family = socket.AF_INET6 if ":" in host else socket.AF_INET
        daemon_threads = True

    server = Server((host, port), Answer)
    threading.Thread(target=server.serve_forever, name="metrics", daemon=True).start()
    return server
