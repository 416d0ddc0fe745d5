"""How a child is seen to be ready, from outside. Each probe gives "" or what is missing."""

import asyncio
import logging

from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError

from embedded.settings import HOST

PATIENCE = 2.0  # seconds for one question

# it reports at ERROR what a probe expects: a broker that is not there yet
logging.getLogger("aiokafka").setLevel(logging.CRITICAL)


async def http(port: int, path: str, wanted: int = 200) -> str:
    """Ready = this status to a GET."""
    try:
        async with asyncio.timeout(PATIENCE):
            reader, writer = await asyncio.open_connection(HOST, port)
            try:
                writer.write(
                    f"GET {path} HTTP/1.1\r\nHost: {HOST}\r\nConnection: close\r\n\r\n".encode()
                )
                answer = (await reader.read(2048)).decode(errors="replace")
            finally:
                writer.close()
    except (OSError, TimeoutError) as error:
        return f"port {port}: {_reason(error)}"
    status, _, rest = answer.partition("\r\n")
    if status.startswith((f"HTTP/1.1 {wanted}", f"HTTP/1.0 {wanted}")):
        return ""
    body = " ".join(rest.partition("\r\n\r\n")[2].split())
    return f"GET {path} answers {status.partition(' ')[2]} {body[:300]}".rstrip()


async def broker(port: int, node_id: int) -> str:
    """Ready = the broker answers with metadata in which it takes part itself."""
    try:
        async with asyncio.timeout(PATIENCE):
            _, writer = await asyncio.open_connection(HOST, port)
            writer.close()
        return await _metadata(port, node_id)
    except (OSError, TimeoutError, KafkaError) as error:
        return f"port {port}: {_reason(error)}"


async def _metadata(port: int, node_id: int) -> str:
    client = AIOKafkaAdminClient(
        bootstrap_servers=f"{HOST}:{port}", request_timeout_ms=int(PATIENCE * 1000)
    )
    try:
        await client.start()
        cluster = await client.describe_cluster()
    finally:
        await client.close()
    nodes = {node["node_id"] for node in cluster["brokers"]}
    return "" if node_id in nodes else f"broker {node_id} is not registered yet"


def _reason(error: Exception) -> str:
    if isinstance(error, ConnectionRefusedError):
        return "nothing listens yet"
    return "no answer" if isinstance(error, TimeoutError) else str(error) or type(error).__name__
