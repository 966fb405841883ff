"""Asks a broker for its metadata over a bare socket, to know that it serves requests.

A listening port is not enough: the broker listens before it has joined its own cluster.
Consumes host and port; produces the ids of the brokers that are up. Written by hand
because a client library would start an event loop and threads for one request of 30 bytes.
"""

from __future__ import annotations

import socket
import struct

_METADATA_KEY, _METADATA_VERSION = 3, 1
_CORRELATION = 7
_RESPONSE_BYTES_MAX = 1 << 20


def metadata_request(client_id: str) -> bytes:
    """A framed Metadata request, version 1, that names no topic (Kafka protocol guide)."""
    name = client_id.encode()
    head = struct.pack(">hhih", _METADATA_KEY, _METADATA_VERSION, _CORRELATION, len(name))
    body = head + name + struct.pack(">i", 0)
    return struct.pack(">i", len(body)) + body


def broker_ids(response: bytes) -> list[int]:
    """The ids of the brokers in an unframed Metadata response, version 1.

    Raises `ValueError` when it is cut short or answers another request.
    """
    try:
        correlation, count = struct.unpack_from(">ii", response)
        if correlation != _CORRELATION:
            raise ValueError(f"correlation id {correlation} is not ours")
        at, ids = 8, []
        for _ in range(count):
            node, host_bytes = struct.unpack_from(">ih", response, at)
            at += 6 + host_bytes + 4  # the host's name, then the port
            (rack_bytes,) = struct.unpack_from(">h", response, at)
            at += 2 + max(rack_bytes, 0)  # -1 stands for no rack
            ids.append(node)
    except struct.error as error:
        raise ValueError("the metadata response is cut short") from error
    return ids


def serves(host: str, port: int, timeout_s: float = 1.0) -> bool:
    """Whether a broker answers at `host:port` and counts at least one broker as up."""
    try:
        with socket.create_connection((host, port), timeout_s) as connection:
            connection.settimeout(timeout_s)
            connection.sendall(metadata_request("peripheral-probe"))
            (size,) = struct.unpack(">i", _exactly(connection, 4))
            if not 0 < size <= _RESPONSE_BYTES_MAX:
                return False
            return bool(broker_ids(_exactly(connection, size)))
    except (OSError, ValueError):
        return False


def _exactly(connection: socket.socket, size: int) -> bytes:
    data = b""
    while len(data) < size:
        piece = connection.recv(size - len(data))
        if not piece:
            raise ConnectionError("the broker closed the connection")
        data += piece
    return data
