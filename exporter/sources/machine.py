"""Which machine this is: a hash of the system's own id, so that a copied database is noticed on another one."""

from __future__ import annotations

import hashlib
import re
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

from exporter.files import read_file

PLACES = (Path("/etc/machine-id"), Path("/var/lib/dbus/machine-id"))
MAX_BYTES = 4_096


def machine_hash(places: tuple[Path, ...] = PLACES, platform: str = sys.platform) -> str | None:
    """Sixteen hex digits, always the same on one machine; None if the system has no id."""
    found = _mac_id() if platform == "darwin" else _windows_id() if platform == "win32" else _linux_id(places)
    return hashlib.sha256(f"claude-tracker machine:{found}".encode()).hexdigest()[:16] if found else None


def _linux_id(places: tuple[Path, ...]) -> str | None:
    for place in places:
        try:
            found = read_file(place, MAX_BYTES).decode("ascii", "ignore").strip()
        except OSError:
            continue
        if re.fullmatch("[0-9a-f]{32}", found):
            return found
    return None


def _mac_id() -> str | None:
    try:
        shown = subprocess.run(
            ["/usr/sbin/ioreg", "-rd1", "-c", "IOPlatformExpertDevice"],
            capture_output=True,
            check=False,
            timeout=5,
            text=True,
        ).stdout
    except (OSError, subprocess.SubprocessError, ValueError):
        return None
    found = re.search(r'"IOPlatformUUID" = "([^"]+)"', shown)
    return found[1] if found is not None else None


def _windows_id() -> str | None:
    if sys.platform == "win32":
        import winreg

        with suppress(OSError), winreg.OpenKey(winreg.HKEY_LOCAL_MACHINE, r"SOFTWARE\Microsoft\Cryptography") as key:
            return str(winreg.QueryValueEx(key, "MachineGuid")[0])
    return None
