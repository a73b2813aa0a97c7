"""The files for Prometheus, Alertmanager and Grafana, and copies of them.

In a checkout they are in its folders `grafana` and `prometheus`; an installed package has them in `exporter/bundled`.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Sequence
from importlib import resources
from pathlib import Path

from exporter.errors import ConfigurationError, TrackerError, reason

PARTS = {
    "grafana": ("dashboards", "provisioning", "compose.yaml"),
    "prometheus": ("prometheus.yml", "alertmanager.yml", "rules", "runbook.md"),
}
"""What belongs to each. The wheel contains the same; see pyproject.toml."""


def root() -> Path:
    """The folder that contains `grafana` and `prometheus`."""
    package = Path(str(resources.files("exporter")))
    bundled = package / "bundled"
    return bundled if bundled.is_dir() else package.parent


def file_text(path: str) -> str:
    """The text of a file, by its path in `root`."""
    return (root() / path).read_text(encoding="utf-8")


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
