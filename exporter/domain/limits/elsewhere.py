"""How much of a window was used elsewhere: on a phone, on the web, on another machine."""

from __future__ import annotations

from collections.abc import Sequence

from exporter.domain.limits.calibration import Calibration
from exporter.domain.limits.reading import SurfaceShare

LEAST_SHARE, LEAST_PART, KNOWN_WINDOWS = 0.2, 0.07, 10
"""It is said only when so much is used, so much of the window is not explained, and so many windows showed its size."""
CLEAR, MOST_ERROR = 1.6, 0.065
"""And it must be so many errors of the size. A larger spread comes from use elsewhere itself."""
HERE = frozenset(("claude_code", "desktop"))
"""The surfaces of the service that this machine can use: what others used is elsewhere for certain."""


def used_elsewhere(share: float, spent: int, size: Calibration | None) -> float | None:
    """The part of the window (0 to 1) that the spending here does not explain; None where it is not clear.

    `share`: official; `spent`: until then, in nano-dollars; `size`: from earlier windows alone, since this one's own
    would explain everything.
    """
    if size is None or size.observations < KNOWN_WINDOWS or share < LEAST_SHARE:
        return None
    part = share - spent / size.size
    return part if part >= LEAST_PART and part > CLEAR * share * min(size.error, MOST_ERROR) else None


def other_surfaces(surfaces: Sequence[SurfaceShare]) -> float | None:
    """The part of the used week (0 to 1) that was used on surfaces which are not on this machine, as the service says.

    None if it is less than a twelfth, or not reported.
    """
    total = sum(one.share for one in surfaces)
    others = sum(one.share for one in surfaces if one.surface not in HERE)
    return others / total if total > 0 and others / total >= LEAST_PART else None
