"""Real stores that take remote write, and what they say of what was sent."""

from __future__ import annotations

import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from exporter.push.receiver import Address, Receiver
from support.prometheus import Prometheus, running_prometheus, running_victoria
from support.remote_store import RemoteStore
from support.services import free_port

WINDOW = "storage: {tsdb: {out_of_order_time_window: 40d}}"
AT_REST = ("--storage.tsdb.min-block-duration=31d", "--storage.tsdb.max-block-duration=31d")
"""Prometheus 2.42 misses samples, or answers 422, while it moves what came out of order into a block, each minute."""


@contextmanager
def engine(kind: str, folder: Path, config: str = WINDOW, *flags: str) -> Iterator[Prometheus]:
    """`config` and `flags`: of Prometheus alone."""
    if kind == "prometheus":
        with running_prometheus(folder, config, "--web.enable-remote-write-receiver", *flags) as server:
            yield server
    else:
        with running_victoria(folder, free_port()) as server:
            yield server


def flush(server: Prometheus) -> None:
    """Let a store that shows some seconds later what was sent show it now."""
    with suppress(OSError):
        urllib.request.urlopen(f"{server.url}/internal/force_flush").close()


def value(server: Prometheus, expression: str, at: int) -> float:
    """Of what was sent until now."""
    flush(server)
    return server.value(expression, at) or 0.0


class Elsewhere(RemoteStore):
    """Passes everything on to a real store, too."""

    def __init__(self, url: str) -> None:
        super().__init__()
        self.receiver = Receiver(Address(f"{url}/api/v1/write", lambda: None), lambda: round(time.time() * 1000))

    def post(self, body: bytes):  # type: ignore[no-untyped-def]
        super().post(body)
        return self.receiver.post(body)
