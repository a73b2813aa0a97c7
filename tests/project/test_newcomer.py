"""The newcomer's run: a clean clone, an empty home, no virtual environment, the README's first command."""

from __future__ import annotations

import os
import signal
import subprocess
import time
import urllib.error
import urllib.request
from pathlib import Path

import pytest

from support.services import free_port, require_program

pytestmark = pytest.mark.server

ROOT = Path(__file__).resolve().parents[2]
INSTALL_SECONDS = 300


def test_a_clean_clone_serves_metrics(home: Path, tmp_path: Path) -> None:
    if os.environ.get("CLAUDE_TRACKER_REQUIRE_SERVICES") != "1":
        pytest.skip("installs from the network: only in CI")
    clone = tmp_path / "clone"
    subprocess.run([require_program("git"), "clone", "--quiet", str(ROOT), str(clone)], check=True)
    port = free_port()
    started = subprocess.Popen([str(clone / "start.sh"), "--listen", f"127.0.0.1:{port}"], start_new_session=True)
    try:
        exposition = wait_for(f"http://127.0.0.1:{port}/metrics", started)
        assert "claude_tracker_prompts_total 0.0" in exposition.splitlines()
        assert (home / ".local/share/claude-tracker/claude_usage.db").exists()
        started.send_signal(signal.SIGTERM)
        assert 0 == started.wait(timeout=5)
    finally:
        if started.poll() is None:
            os.killpg(started.pid, signal.SIGKILL)


def wait_for(url: str, process: subprocess.Popen[bytes]) -> str:
    deadline = time.monotonic() + INSTALL_SECONDS
    while time.monotonic() < deadline:
        assert process.poll() is None, f"start.sh ended with {process.returncode}"
        try:
            with urllib.request.urlopen(url, timeout=5) as answer:
                return str(answer.read().decode())
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            time.sleep(0.2)
    pytest.fail("start.sh did not serve in time")
