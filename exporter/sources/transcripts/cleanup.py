"""Claude Code's setting for how long it keeps transcripts."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec

from exporter.domain.retention import DEFAULT_DAYS
from exporter.domain.text import as_utf8
from exporter.files import read_file
from exporter.sources.transcripts.roots import is_cowork

MAX_BYTES = 1 << 20
MAX_DAYS = 36_500


class _Settings(msgspec.Struct):
    """Only this key becomes a value; others may hold secrets."""

    cleanupPeriodDays: Any = None


def cleanup_days(config_dir: Path) -> int | None:
    """For how many days transcripts below a configuration folder are kept; None for ever, as those of Cowork."""
    if is_cowork(config_dir):
        return None
    try:
        content = as_utf8(read_file(config_dir / "settings.json", MAX_BYTES))
        days = msgspec.json.decode(content, type=_Settings).cleanupPeriodDays
    except (OSError, msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return DEFAULT_DAYS
    is_number = isinstance(days, int | float) and not isinstance(days, bool)
    return max(1, int(min(days, MAX_DAYS))) if is_number else DEFAULT_DAYS
