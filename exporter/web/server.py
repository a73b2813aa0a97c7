"""Serves the application on a socket that is ours: gunicorn, or werkzeug's threads where gunicorn does not exist.

Under gunicorn one worker process holds the application and whatever `start` starts; the master makes it
anew if it dies. A signal stops both within two seconds.
"""

from __future__ import annotations

import ipaddress
import logging
import signal
import socket
import sys
from collections.abc import Callable
from typing import Any

from flask import Flask

from exporter.errors import AddressError
from exporter.web.websocket import MOST_CLIENTS

log = logging.getLogger(__name__)

THREADS = 96 + MOST_CLIENTS
"""Each live connection holds one, and each that has not sent its request yet; they are made as they are needed."""
GRACEFUL_SECONDS = 1


def bind(host: str, port: int, *, has_token: bool = False) -> socket.socket:
    """A listening socket. Raises AddressError where the address is taken, not ours, or not loopback without a token."""
    _check_address(host, has_token=has_token)
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    # Inherited by its connections. Without it a body waits 40 ms for the other side to acknowledge the head.
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    if sys.platform != "win32":  # there it would let two servers share the port
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
        listener.listen(128)
    except (OSError, OverflowError) as error:
        listener.close()
        reason = getattr(error, "strerror", None) or str(error)
        raise AddressError(f"cannot listen on {host}:{port}: {reason}; name another address with --listen") from error
    return listener


def _check_address(host: str, *, has_token: bool) -> None:
    if ":" in host:
        raise AddressError(f"cannot listen on [{host}]: IPv6 is not supported; use 127.0.0.1")
    if host == "localhost":
        return
    try:
        is_loopback = ipaddress.ip_address(host).is_loopback
    except ValueError as error:
        raise AddressError(f"{host!r} is no address to listen on; use 127.0.0.1") from error
    if not is_loopback and not has_token:
        raise AddressError(f"cannot listen on {host} without a token: use 127.0.0.1, or set CLAUDE_TRACKER_TOKEN")


def serve(app: Flask, listener: socket.socket, start: Callable[[], None], stop: Callable[[], None]) -> None:
    """Serve until a signal ends it. `start` and `stop` run in the process that serves."""
    if sys.platform == "win32":
        _serve_with_threads(app, listener, start, stop)
    else:
        _serve_with_gunicorn(app, listener, start, stop)


def _serve_with_gunicorn(
    app: Flask, listener: socket.socket, start: Callable[[], None], stop: Callable[[], None]
) -> None:
    from gunicorn.app.base import BaseApplication

    class Server(BaseApplication):  # type: ignore[misc]
        def load_config(self) -> None:
            for name, value in _settings(listener, start, stop).items():
                self.cfg.set(name, value)

        def load(self) -> Flask:
            return app

    Server().run()


def _settings(listener: socket.socket, start: Callable[[], None], stop: Callable[[], None]) -> dict[str, Any]:
    from exporter.web.worker import Worker, heed_signals_as_we_do

    return {
        "bind": f"fd://{listener.fileno()}",
        "workers": 1,
        "worker_class": Worker,
        "threads": THREADS,
        "graceful_timeout": GRACEFUL_SECONDS,
        "keepalive": 75,
        "loglevel": "warning",
        "control_socket_disable": True,
        "when_ready": heed_signals_as_we_do(),
        "post_worker_init": lambda worker: start(),
        "worker_exit": lambda arbiter, worker: stop(),
    }


def _serve_with_threads(
    app: Flask, listener: socket.socket, start: Callable[[], None], stop: Callable[[], None]
) -> None:
    from werkzeug.serving import make_server

    log.info("gunicorn does not exist here: serving with werkzeug's threads")
    host, port = listener.getsockname()[:2]
    server = make_server(host, port, app, threaded=True, fd=listener.fileno())
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    start()
    try:
        server.serve_forever()
    except KeyboardInterrupt:
        pass
    finally:
        stop()
