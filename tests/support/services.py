"""Programs, ports and folders outside the project that some tests need."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
from pathlib import Path
from typing import NoReturn

import pytest

PROJECT = Path(__file__).resolve().parents[2]

# What else a program may be called: Debian's names first.
OTHER_NAMES = {
    "alertmanager": ["prometheus-alertmanager"],
    "chromium": ["chromium-browser", "google-chrome", "chromium-headless-shell"],
    "chromium-headless-shell": ["chromium", "chromium-browser", "google-chrome"],
    "victoria-metrics": ["victoria-metrics-prod"],
}


def require_program(name: str) -> str:
    """The path of a program. Without it a test is skipped; in CI, which installs it, the test fails."""
    paths = map(shutil.which, [name, *OTHER_NAMES.get(name, [])])
    path = next(filter(None, paths), None)
    if path is None:
        required(f"{name} is not installed")
    return path


def output_of(program: str | Path, *arguments: str | Path, cwd: Path | None = None, stdin: str = "") -> str:
    """What a program says; it has to end well. `program`: a path, or a name as `require_program` takes it."""
    path = program if isinstance(program, Path) else require_program(program)
    done = subprocess.run([path, *arguments], cwd=cwd, input=stdin, capture_output=True, text=True, check=False)
    assert 0 == done.returncode, done.stdout + done.stderr
    return done.stdout


def required(missing: str) -> NoReturn:
    """Skip the test for what is missing; in CI, which has it, fail."""
    if os.environ.get("CLAUDE_TRACKER_REQUIRE_SERVICES") == "1":
        pytest.fail(f"{missing}, and CLAUDE_TRACKER_REQUIRE_SERVICES=1 asks for it")
    pytest.skip(missing)


def free_port() -> int:
    """A TCP port of 127.0.0.1 that is free now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


def shared_dir() -> Path:
    """The folder `shared` next to the project, with the corpus. A test that needs it is skipped elsewhere."""
    path = PROJECT.parent / "shared"
    if not path.is_dir():
        pytest.skip("no ../shared next to the project")
    return path
