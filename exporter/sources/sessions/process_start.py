"""When a process started, in the forms that Claude Code's registry has."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path


def read_stat(pid: int) -> list[str] | None:
    """Linux: the fields of `/proc/<pid>/stat` from the third (the state) on; None if the process has ended."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return None


def start_token(pid: int, platform: str = sys.platform) -> str | None:
    """A process's start as Claude Code's registry writes it: clock ticks since boot on Linux, else from `ps`."""
    try:
        if platform == "linux":
            return stat[19] if (stat := read_stat(pid)) else None
        if platform == "win32":
            return None
        ps = subprocess.run(
            ["ps", "-o", "lstart=", "-p", str(pid)],
            env={"PATH": os.environ.get("PATH", "/bin:/usr/bin"), "LC_ALL": "C", "TZ": "UTC"},
            capture_output=True,
            text=True,
            timeout=5,
            check=False,
        )
        return ps.stdout.strip() or None
    except (OSError, subprocess.SubprocessError):
        return None
