"""Adapts gunicorn's threaded worker and its master to a program on one user's machine.

By default the worker reads a request in a thread, without a time limit: a few clients that send nothing, or half a
request, would block every scrape. Here the loop gathers requests, and threads answer whole ones. And the master reloads
when the terminal closes, and adds workers on other signals, where there must be exactly one.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from gunicorn.glogging import Logger
from gunicorn.http import wsgi
from gunicorn.http.errors import (
    ExpectationFailed,
    ForbiddenProxyRequest,
    LimitRequestHeaders,
    LimitRequestLine,
    NoMoreData,
    ParseException,
    UnsupportedTransferCoding,
)

from exporter.domain.log_lines import LogLines
from exporter.web.connections import GatheringWorker
from exporter.web.problems import problem_bytes

WRITE_SECONDS = 3.0
"""How long a client may take for a part of the answer."""
REFUSED: tuple[tuple[type[Exception], tuple[int, str]], ...] = (
    (LimitRequestLine, (414, "URI Too Long")),
    (LimitRequestHeaders, (431, "Request Header Fields Too Large")),
    (ExpectationFailed, (417, "Expectation Failed")),
    (ForbiddenProxyRequest, (403, "Forbidden")),
    (UnsupportedTransferCoding, (501, "Not Implemented")),
)
"""What the parser found, and the answer; else 400."""


class Log(Logger):  # type: ignore[misc]
    """gunicorn's own log, whose lines quote requests."""

    def setup(self, cfg: Any) -> None:
        super().setup(cfg)
        for handler in self.error_log.handlers:
            handler.setFormatter(LogLines(self.error_fmt, self.datefmt))


class Answer(wsgi.Response):  # type: ignore[misc]
    """Does not say which server it is."""

    def default_headers(self) -> list[str]:
        return [line for line in super().default_headers() if not line.startswith("Server:")]


class Worker(GatheringWorker):
    """Answers whole requests, and leaves SIGHUP to the master."""

    def init_signals(self) -> None:
        super().init_signals()
        signal.signal(signal.SIGHUP, signal.SIG_IGN)

    def handle_exit(self, sig: int, frame: Any) -> None:
        """Close live connections first, which would delay the stop."""
        self._close_live()
        super().handle_exit(sig, frame)

    def handle_quit(self, sig: int, frame: Any) -> None:
        self._close_live()
        super().handle_quit(sig, frame)

    def _close_live(self) -> None:
        live = getattr(self.wsgi, "extensions", {}).get("live")
        if live is not None:
            live.close()

    def handle(self, conn: Any) -> bool:
        """Answer the request that was gathered. Returns whether the connection can be used again."""
        conn.sock.settimeout(WRITE_SECONDS)
        try:
            request = next(conn.parser)
            if request.version >= (1, 1) and not any(name == "HOST" for name, _ in request.headers):
                self._say(conn, problem_bytes(400, "Bad Request", "the Host field is missing"))  # RFC 9112, section 3.2
                return False
            return self._answer(request, conn) and self._keepalive_after(conn, True)
        except (NoMoreData, StopIteration, OSError):
            return False
        except ParseException as error:
            status, title = next((said for kind, said in REFUSED if isinstance(error, kind)), (400, "Bad Request"))
            self._say(conn, problem_bytes(status, title, str(error)))
        except Exception:
            self.log.exception("a request failed")
            self._say(conn, problem_bytes(500, "Internal Server Error", "see the log of the tracker"))
        return False

    def _answer(self, request: Any, conn: Any) -> bool:
        response, environ = wsgi.create(request, conn.sock, conn.client, conn.server, self.cfg, response_class=Answer)
        environ["wsgi.multithread"] = True
        if not self.alive:
            response.force_close()
        parts = self.wsgi(environ, response.start_response)
        try:
            for part in parts:
                response.write(part)
            response.close()
        finally:
            if hasattr(parts, "close"):
                parts.close()
        return not response.should_close()

    def _say(self, conn: Any, answer: bytes) -> None:
        with suppress(OSError):
            conn.sock.sendall(answer)


def set_signal_handlers() -> Callable[[Any], None]:
    """gunicorn's `when_ready` for the master: a closed terminal stops it, unless it was started with nohup."""
    outlives = signal.getsignal(signal.SIGHUP) is signal.SIG_IGN  # nohup

    def when_ready(arbiter: Any) -> None:
        for number in (signal.SIGTTIN, signal.SIGTTOU, signal.SIGUSR2):
            signal.signal(number, signal.SIG_IGN)
        signal.signal(signal.SIGHUP, signal.SIG_IGN if outlives else lambda *_: os.kill(os.getpid(), signal.SIGTERM))

    return when_ready
