"""The machine's own time zone, also for limit texts whose zone it does not know."""

from __future__ import annotations

import logging
import re
from datetime import UTC, tzinfo
from functools import lru_cache

from exporter.domain.limits.limit_text import unknown_zone
from exporter.domain.text import is_id_like

log = logging.getLogger(__name__)

_ZONE = re.compile(r"[A-Za-z0-9_+/-]{1,40}")


def local_zone() -> tzinfo:
    """The current zone, with its daylight saving rules; a laptop may travel. UTC if the machine does not report one."""
    import tzlocal

    try:
        return tzlocal.reload_localzone()
    except (LookupError, ValueError, OSError):
        return UTC


def warn_of_unknown_zone(text: str) -> None:
    """Log once for each zone that a limit text names and that cannot be looked up.

    By its name only if it looks like one: the text may hold anything.
    """
    if (zone := unknown_zone(text)) is not None:
        _warn(f"the time zone {zone!r}" if _ZONE.fullmatch(zone) and not is_id_like(zone) else "the time zone")


@lru_cache(maxsize=100)
def _warn(what: str) -> None:
    log.warning("%s of a limit's reset is not known; using this machine's time zone", what)
