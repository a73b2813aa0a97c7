"""Our own listening socket. Light: `run` has it before it imports what serves."""

from __future__ import annotations

import ipaddress
import socket
import sys

from exporter.errors import AddressError, reason


def bind(host: str, port: int, *, has_token: bool = False) -> socket.socket:
    """A listening socket. Raises AddressError if the address is in use or invalid, or not loopback without a token."""
    _check_address(host, has_token=has_token)
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    # Connections inherit it. Without it a body waits 40 ms for the acknowledgement of the head.
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    if sys.platform != "win32":  # on Windows it would let two servers share the port
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
        listener.listen(1_024)
    except (OSError, OverflowError) as error:
        listener.close()
        raise AddressError(
            f"cannot listen on {host}:{port}: {reason(error)}; choose another address with --listen"
        ) from error
    return listener


def _check_address(host: str, *, has_token: bool) -> None:
    if ":" in host:
        raise AddressError(f"cannot listen on [{host}]: IPv6 is not supported; use 127.0.0.1")
    if host == "localhost":
        return
    try:
        is_loopback = ipaddress.ip_address(host).is_loopback
    except ValueError as error:
        raise AddressError(f"{host!r} is not an IP address; use 127.0.0.1") from error
    if not is_loopback and not has_token:
        raise AddressError(f"cannot listen on {host} without a token: use 127.0.0.1, or set CLAUDE_TRACKER_TOKEN")
