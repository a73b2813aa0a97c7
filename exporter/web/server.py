"""Serves the application on our own socket, with gunicorn, or with werkzeug's threads on Windows.

Under gunicorn one worker process holds the application and everything that `start` starts; the master restarts it
if it dies. A signal stops both within two seconds.
"""

from __future__ import annotations

import logging
import signal
import socket
import sys
from collections.abc import Callable
from typing import Any

from flask import Flask

from exporter.web.limits import THREADS

log = logging.getLogger(__name__)

GRACEFUL_SECONDS = 1


def serve(app: Flask, listener: socket.socket, start: Callable[[], None], stop: Callable[[], None]) -> None:
    """Serve until a signal stops it. `start` and `stop` run in the serving process."""
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
    from exporter.web.worker import Log, Worker, set_signal_handlers

    return {
        "bind": f"fd://{listener.fileno()}",
        "workers": 1,
        "worker_class": Worker,
        "threads": THREADS,
        "graceful_timeout": GRACEFUL_SECONDS,
        "keepalive": 75,
        "loglevel": "warning",
        "logger_class": Log,
        "control_socket_disable": True,
        "when_ready": set_signal_handlers(),
        "post_worker_init": lambda worker: start(),
        "worker_exit": lambda arbiter, worker: stop(),
    }


def _serve_with_threads(
    app: Flask, listener: socket.socket, start: Callable[[], None], stop: Callable[[], None]
) -> None:
    from werkzeug.serving import make_server

    log.info("gunicorn is not available on Windows: serving with werkzeug's threads")
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
