"""The machine's own time zone, also for limit texts whose zone it does not know."""

from __future__ import annotations

import logging
from datetime import UTC, tzinfo
from functools import lru_cache

from exporter.domain.limits.limit_text import unknown_zone

log = logging.getLogger(__name__)


def local_zone() -> tzinfo:
    """The current zone, with its daylight saving rules; a laptop may travel. UTC if the machine does not report one."""
    import tzlocal

    try:
        return tzlocal.reload_localzone()
    except (LookupError, ValueError, OSError):
        return UTC


def warn_of_unknown_zone(text: str) -> None:
    """Log once for each zone that a limit text names and that cannot be looked up."""
    if (zone := unknown_zone(text)) is not None:
        _warn(zone)


@lru_cache(maxsize=100)
def _warn(zone: str) -> None:
    log.warning("the time zone %.80r of a limit's reset is not known; using this machine's time zone", zone)
