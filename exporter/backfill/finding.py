"""Finds under which labels a metrics store scrapes this tracker. History loaded under others would belong to nobody."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from exporter.backfill.target import Target
from exporter.domain.calendar.timestamp import DAY
from exporter.domain.text import visible
from exporter.errors import TargetError
from exporter.metrics.counters import NAMESPACE
from exporter.metrics.history_text import series

RECENT_MS = 2 * DAY
"""Labels with samples since then are in use; older ones may have been before a change of the configuration."""
MAX_LISTED = 4
_OWN = ("__name__", "version", "revision", "python", "tracker")

Labels = Mapping[str, str]


def build_info(tracker: str) -> str:
    """The selector of the series that names a tracker by its id."""
    return series(f"{NAMESPACE}build_info", [("tracker", tracker)])


def target_labels(found: Labels) -> dict[str, str]:
    """Of a series of `build_info`: those that the scrape adds."""
    return {name: value for name, value in sorted(found.items()) if name not in _OWN}


def find_labels(target: Target, tracker: str, wanted: Labels, now: int) -> dict[str, str]:
    """The labels of the tracker's live series; of several the one that fits `wanted`. `now`: ms.

    Raises TargetError if there is none, or more than one.
    """
    found = target.labels_of(tracker, now - RECENT_MS) or target.labels_of(tracker, None)
    fitting = [one for one in found if wanted.items() <= one.items()]
    if len(fitting) == 1:
        return fitting[0]
    named = visible(str(target))
    if not found:
        raise TargetError(
            f"{named} has no samples of this tracker, so nothing was loaded: let it scrape the tracker first"
            f' (its series are those with tracker="{tracker}" in {NAMESPACE}build_info)'
        )
    if fitting:
        raise TargetError(
            f"{named} scrapes this tracker more than once, as {_listed(fitting)}: choose one with --job, --instance"
            " and --label"
        )
    raise TargetError(
        f"{named} scrapes this tracker as {_listed(found)}, and not as {_listed([wanted])}, so nothing was loaded:"
        " leave out --job, --instance and --label, or correct them"
    )


def _listed(found: Sequence[Labels]) -> str:
    more = f" and {len(found) - MAX_LISTED} more" if len(found) > MAX_LISTED else ""
    return visible(", ".join(series("", one.items()) for one in found[:MAX_LISTED])) + more
