"""The machine's own time zone."""

from __future__ import annotations

from datetime import UTC, tzinfo


def local_zone() -> tzinfo:
    """With its changes over the year, as it is now: a laptop travels. UTC where the machine does not say."""
    import tzlocal

    try:
        return tzlocal.reload_localzone()
    except (LookupError, ValueError, OSError):
        return UTC
