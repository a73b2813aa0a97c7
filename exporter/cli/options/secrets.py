"""Secrets: from the environment, or from a file that only its owner can read; never from an option, never kept."""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import NamedTuple

from exporter.errors import ConfigurationError

NETLIFY_TOKEN = "CLAUDE_TRACKER_NETLIFY_TOKEN"
WEBHOOK_SECRET = "CLAUDE_TRACKER_WEBHOOK_SECRET"


class Secret(NamedTuple):
    """Where a secret is: in a variable, or else in a file. It shows itself in no text."""

    variable: str
    file: Path | None

    def read(self) -> str | None:
        """The secret; None where there is none. Raises ConfigurationError where others could read the file too."""
        value = os.environ.get(self.variable, "").strip()
        if not value and self.file is not None:
            value = _content(self.file)
        if not value:
            return None
        if not value.isascii() or not value.isprintable() or " " in value:
            raise ConfigurationError(
                f"what ${self.variable} or its file holds is no secret: it has signs that none has"
            )
        return value

    def fingerprint(self) -> object:
        """Changes with the secret, in memory alone."""
        try:
            return hash(self.read())
        except ConfigurationError as error:
            return str(error)


def _content(file: Path) -> str:
    """Raises ConfigurationError, which does not name the file: it is logged, and a path tells of its owner."""
    try:
        handle = os.open(file, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0))  # of what is no file nobody waits for a word
        with os.fdopen(handle, "rb") as opened:
            found = os.fstat(opened.fileno())
            if not stat.S_ISREG(found.st_mode):
                raise ConfigurationError("the file with the secret is no regular file")
            if os.name == "posix" and (stat.S_IMODE(found.st_mode) & 0o077 or found.st_uid not in (0, os.geteuid())):
                raise ConfigurationError(
                    "the file with the secret can be read by others: make it yours, with chmod 600"
                )
            return opened.read(4_096).decode("utf-8", "replace").strip()
    except OSError as error:
        raise ConfigurationError(f"cannot read the file with the secret: {error.strerror}") from error
