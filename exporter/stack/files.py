"""Copies of the files for Prometheus, Alertmanager and Grafana."""

from __future__ import annotations

import os
import shutil
from collections.abc import Sequence
from pathlib import Path

from exporter.errors import ConfigurationError, TrackerError, reason
from exporter.supplied import root

PARTS = {
    "grafana": ("dashboards", "provisioning", "compose.yaml"),
    "prometheus": ("prometheus.yml", "alertmanager.yml", "rules", "runbook.md", "fleet"),
}
"""What belongs to each. The wheel contains the same; see pyproject.toml."""


def names(part: str) -> list[str]:
    """The paths of a part's files in its folder, in order."""
    source = root() / part
    return sorted(path.relative_to(source).as_posix() for one in PARTS[part] for path in _files(source / one))


def copy(part: str, folder: Path, *, force: bool) -> Sequence[str]:
    """Copy a part's files to a folder, which is created if it does not exist. Returns their `names`.

    Raises ConfigurationError if the folder has files already and not `force`; TrackerError.
    """
    try:
        if not force and folder.exists() and any(folder.iterdir()):
            raise ConfigurationError(f"{folder} is not empty: choose another folder, or overwrite files with --force")
        for name in (found := names(part)):
            _replace(root() / part / name, folder / name)
    except OSError as error:
        raise TrackerError(f"cannot write to {folder}: {reason(error)}") from error
    return found


def _files(path: Path) -> list[Path]:
    return [path] if path.is_file() else [found for found in path.rglob("*") if found.is_file()]


def _replace(source: Path, target: Path) -> None:
    """A program that runs never reads a part of the new file."""
    target.parent.mkdir(parents=True, exist_ok=True)
    temporary = target.with_name(f".{target.name}.{os.getpid()}")
    shutil.copyfile(source, temporary)
    os.replace(temporary, target)
