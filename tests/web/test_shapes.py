"""Many requests at once, right after the start, are answered."""

from __future__ import annotations

import subprocess
import sys

from support.services import PROJECT

PROGRAM = """
import sys, threading, msgspec
from exporter.web.api import routes
from exporter.web.shapes.snapshot import Snapshot
sys.setswitchinterval(1e-6)
together = threading.Barrier(8)
def ask():
    together.wait()
    try:
        msgspec.convert({"health": {}}, Snapshot)
    except msgspec.ValidationError:
        pass
threads = [threading.Thread(target=ask) for _ in range(8)]
for thread in threads: thread.start()
for thread in threads: thread.join()
"""
ROUNDS = 5
"""Without the shapes resolved before, at least one of them crashed."""


def test_threads_that_ask_for_a_shape_at_once_do_not_crash() -> None:
    command = [sys.executable, "-c", PROGRAM]
    codes = [subprocess.run(command, cwd=PROJECT, check=False).returncode for _ in range(ROUNDS)]
    assert [0] * ROUNDS == codes
