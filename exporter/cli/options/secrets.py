"""Secrets: read from the environment or from a file that only its owner can read. Never an option, never stored."""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import NamedTuple

from exporter.errors import ConfigurationError, reason
from exporter.files import open_regular

NETLIFY_TOKEN = "CLAUDE_TRACKER_NETLIFY_TOKEN"
WEBHOOK_SECRET = "CLAUDE_TRACKER_WEBHOOK_SECRET"
MAX_BYTES = 4_096


class Secret(NamedTuple):
    """Where a secret is: in an environment variable, or else in a file. No representation shows its value."""

    variable: str
    file: Path | None

    def read(self) -> str | None:
        """The secret, or None if there is none. Raises ConfigurationError if others can read the file too."""
        value = os.environ.get(self.variable, "").strip()
        if not value and self.file is not None:
            value = _content(self.file)
        if not value:
            return None
        if not value.isascii() or not value.isprintable() or " " in value:
            raise ConfigurationError(
                f"${self.variable} or its file contains characters that a secret cannot have; check its value"
            )
        return value

    def fingerprint(self) -> object:
        """Changes when the secret does. Used in memory only."""
        try:
            return hash(self.read())
        except ConfigurationError as error:
            return str(error)


def _content(file: Path) -> str:
    """Raises ConfigurationError, without the path: the message is logged, and a path can contain a user name."""
    try:
        fd, found = open_regular(file, ours=True)
        try:
            if os.name == "posix" and stat.S_IMODE(found.st_mode) & 0o077:
                raise ConfigurationError(
                    "others can read the file with the secret: make yourself its owner, and run chmod 600 on it"
                )
            return os.read(fd, MAX_BYTES).decode("utf-8", "replace").strip()
        finally:
            os.close(fd)
    except OSError as error:
        raise ConfigurationError(
            f"cannot read the file with the secret: {reason(error)}; name a file of yours that only you can read"
        ) from error
