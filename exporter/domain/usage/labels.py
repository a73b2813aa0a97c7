"""The bounded label of a project: the folder its conversations began in."""

from __future__ import annotations

from collections.abc import Set
from pathlib import PurePosixPath, PureWindowsPath

from exporter.domain.text import printable

MOST_PROJECTS = 100
MOST_MODELS = 40
OTHER = "other"
UNKNOWN = "unknown"


def project_label(path: str, taken: Set[str]) -> str:
    """The last part of the path; where that is taken, with its parents' parts before it, as many as it needs.

    `OTHER` once `MOST_PROJECTS` labels are taken.
    """
    if len(taken) >= MOST_PROJECTS:
        return OTHER
    parts = _parts(path)
    for count in range(1, len(parts) + 1):
        label = printable("/".join(parts[-count:]))
        if label and label not in taken and label not in (OTHER, UNKNOWN):
            return label
    whole = printable(path)
    return whole if whole and whole not in taken else OTHER


def _parts(path: str) -> list[str]:
    pure = PureWindowsPath(path) if "\\" in path else PurePosixPath(path)
    return [part for part in pure.parts if part not in (pure.anchor, "")] or [path]


def model_label(name: str, taken: Set[str]) -> str:
    """The normalized name itself, `OTHER` once `MOST_MODELS` names are taken."""
    return name if name in taken or len(taken) < MOST_MODELS else OTHER
