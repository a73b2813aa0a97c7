"""The machine's own time zone."""

from __future__ import annotations

from datetime import UTC, tzinfo


def local_zone() -> tzinfo:
    """The current zone, with its daylight saving rules; a laptop may travel. UTC if the machine does not report one."""
    import tzlocal

    try:
        return tzlocal.reload_localzone()
    except (LookupError, ValueError, OSError):
        return UTC
