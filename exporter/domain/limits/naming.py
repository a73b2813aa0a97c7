"""Names of windows and surfaces, made from what the service calls them: short, of few characters, always the same.

They are shown and are labels: what is like an id or an e-mail address is refused.
"""

from __future__ import annotations

import re

from exporter.domain.limits.reading import FIVE_HOUR, SEVEN_DAY, SPEND
from exporter.domain.text import is_id_like

SURFACES = (
    "claude_code", "chat", "cowork", "desktop", "mobile", "web", "chrome", "office", "excel", "slack", "design",
)  # fmt: skip
OTHER_SURFACE = "other"
_WINDOW = re.compile(r"[a-z0-9_]{1,40}")
_WINDOWS = {
    "session": FIVE_HOUR, "weekly_all": SEVEN_DAY, "spend_limit": SPEND, "overage": SPEND, "extra_usage": SPEND,
}  # fmt: skip
_SURFACES = {"chats": "chat", "code": "claude_code", "cli": "claude_code"}
_MAX_FAMILY = 30


def window_of(name: object) -> str | None:
    """The window that the service calls so; one we do not know keeps its name. None if that is not short and plain."""
    if not isinstance(name, str) or _WINDOW.fullmatch(name) is None or is_id_like(name):
        return None
    return _WINDOWS.get(name, name)


def family_of(model: object) -> str | None:
    """The family in a model's name: `fable` for "Fable 5", "Claude Fable" and "claude-fable-5". None without one."""
    if not isinstance(model, str) or _is_private(model):
        return None
    words = (word.lower() for word in re.findall("[A-Za-z]+", model[:100]))
    family = next((word for word in words if word != "claude"), None)
    return family if family is not None and len(family) <= _MAX_FAMILY else None


def family_window(family: str) -> str:
    """The week of one family, or of one surface."""
    return f"{SEVEN_DAY}_{family}"


def surface_window(name: object) -> str | None:
    """The week of one surface; None if its name is not a text, too long, or none that may be shown."""
    key = _key(name) if isinstance(name, str) and not _is_private(name) else ""
    return window_of(family_window(key)) if key else None


def surface_of(name: object) -> str:
    """One of `SURFACES`, else `OTHER_SURFACE`."""
    key = _key(name)
    key = _SURFACES.get(key, key)
    return key if key in SURFACES else OTHER_SURFACE


def surface_name(surface: str) -> str:
    """The surface's name for people."""
    return "Claude Code" if surface == "claude_code" else surface.capitalize()


def _is_private(name: str) -> bool:
    return "@" in name or is_id_like(name)


def _key(name: object) -> str:
    return re.sub("[^a-z0-9]+", "_", name[:100].lower()).strip("_") if isinstance(name, str) else ""
