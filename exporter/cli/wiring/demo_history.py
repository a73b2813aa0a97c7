"""Brings the demo's history into the demo's Prometheus, as soon as that has scraped the demo's tracker."""

from __future__ import annotations

import subprocess
import threading
from collections.abc import Callable
from pathlib import Path

from exporter.cli.names import own_command

TRY_SECONDS = 5.0


def load_history(data: Path, port: int, stopped: threading.Event, say: Callable[[str], None]) -> None:
    """On a thread of its own, until it succeeds or `stopped`. `data`, `port`: Prometheus's."""
    words = ("backfill", "--load=prometheus", f"--data={data}", f"--url=http://127.0.0.1:{port}")

    def load() -> None:
        while not stopped.wait(TRY_SECONDS):
            done = subprocess.run(own_command("demo", *words), capture_output=True, check=False)
            if done.returncode == 0:
                say("the demo's history is in Prometheus's data: it shows within a minute")
                return

    threading.Thread(target=load, name="history", daemon=True).start()
