"""Bounded labels: of projects, from the folder where their conversations started, and of models."""

from __future__ import annotations

from collections.abc import Set
from pathlib import PurePosixPath, PureWindowsPath

from exporter.domain.text import printable

MAX_PROJECTS = 100
MAX_MODELS = 40
OTHER = "other"
UNKNOWN = "unknown"


def project_label(path: str, taken: Set[str]) -> str:
    """The last part of the path; if that is taken, preceded by as many parent parts as needed."""
    parts = _parts(path)
    for count in range(1, len(parts) + 1):
        label = printable("/".join(parts[-count:]))
        if label and label not in taken and label not in (OTHER, UNKNOWN):
            return label
    full_path = printable(path) or UNKNOWN
    numbered = (f"{full_path} {number}" for number in range(2, len(taken) + 3))
    return next(name for name in (full_path, *numbered) if name not in (*taken, OTHER, UNKNOWN))


def _parts(path: str) -> list[str]:
    pure = PureWindowsPath(path) if "\\" in path else PurePosixPath(path)
    return [part for part in pure.parts if part not in (pure.anchor, "")] or [path]


def model_label(name: str, taken: Set[str]) -> str:
    """The normalized name, `OTHER` once `MAX_MODELS` names are taken."""
    return name if name in taken or len(taken) < MAX_MODELS else OTHER
