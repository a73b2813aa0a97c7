"""The files for Prometheus, Alertmanager and Grafana that come with the package.

In a checkout they are in its folders `grafana` and `prometheus`; an installed package has them in `exporter/bundled`.
"""

from __future__ import annotations

from importlib import resources
from pathlib import Path


def root() -> Path:
    """The folder that contains `grafana` and `prometheus`."""
    package = Path(str(resources.files("exporter")))
    bundled = package / "bundled"
    return bundled if bundled.is_dir() else package.parent


def file_text(path: str) -> str:
    """The text of a file, by its path in `root`."""
    return (root() / path).read_text(encoding="utf-8")


def file_texts(folder: str) -> dict[str, str]:
    """The texts of a folder's files, by their names in order. `folder`: its path in `root`."""
    names = sorted(path.name for path in (root() / folder).iterdir())
    return {name: file_text(f"{folder}/{name}") for name in names}
