"""HTTP over a connection that is reset the moment it is there.

anyio then asks a socket that uvloop has taken away already, and httpx, which knows the errors of
connections, lets an AttributeError through: a worker would take it for a mistake of its own and
stop, a read would be answered 500.
"""

import ssl

import httpx

CONNECT_WITHIN_S = 3.0
"""A SYN that was lost is sent again after one second; a host that drops them is not waited for."""


def http_client(
    timeout: httpx.Timeout | float | None, limits: httpx.Limits | None = None
) -> httpx.AsyncClient:
    """Whatever becomes of a connection is an httpx.TransportError. Certificates are held against
    the system's, the environment is not asked for proxies. Plain seconds are for an answer;
    connecting has CONNECT_WITHIN_S of them at most."""
    if isinstance(timeout, int | float):
        timeout = httpx.Timeout(timeout, connect=min(timeout, CONNECT_WITHIN_S))
    transport = _Transport(
        verify=ssl.create_default_context(),
        limits=limits or httpx.Limits(max_connections=100),
        trust_env=False,
    )
    return httpx.AsyncClient(timeout=timeout, transport=transport, trust_env=False)


class _Transport(httpx.AsyncHTTPTransport):
    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        try:
            return await super().handle_async_request(request)
        except AttributeError as error:
            if error.name != "getpeername" or error.obj is not None:
                raise
            raise httpx.ConnectError("reset as soon as it was there", request=request) from error
