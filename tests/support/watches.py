"""Limits on what a command may have watched by the system, so that it has to look by itself."""

from __future__ import annotations

import shutil
import subprocess

import pytest

from support.services import required


def limited(instances: int, watches: int) -> list[str]:
    """Run a command in a user namespace of its own, with these limits of inotify: no other process is affected."""
    unshare = shutil.which("unshare")
    script = (
        f"echo {instances} > /proc/sys/user/max_inotify_instances"
        f" && echo {watches} > /proc/sys/user/max_inotify_watches"
        ' && exec "$@"'
    )
    if unshare is None:
        required("unshare is not installed")
    prefix = [unshare, "--user", "--map-root-user", "sh", "-c", script, "sh"]
    if subprocess.run([*prefix, "true"], capture_output=True, check=False).returncode:
        pytest.skip("the system allows no user namespaces")
    return prefix
