"""The files of the page: ours from the folder assets, and the chart library from its own package."""

from __future__ import annotations

from functools import cache
from importlib import resources
from importlib.util import find_spec
from pathlib import Path

CHARTS = "Chart.bundle.js"
STYLES = ("dashboard.css", "parts.css")
SCRIPT = "dashboard.js"
TEMPLATE = "dashboard.html"
_MIMETYPES = {".css": "text/css", ".js": "text/javascript"}


@cache
def assets() -> frozenset[str]:
    """The names of the scripts and styles."""
    ours = (entry.name for entry in resources.files("exporter.page").joinpath("assets").iterdir())
    return frozenset({CHARTS, *(name for name in ours if Path(name).suffix in _MIMETYPES)})


def asset(name: str) -> tuple[bytes, str] | None:
    """The content and mimetype of a script or style; None for any other name."""
    return (_content(name), _MIMETYPES[Path(name).suffix]) if name in assets() else None


def text(name: str) -> str:
    """The text of one of the page's files, including the template."""
    return _content(name).decode()


@cache
def _content(name: str) -> bytes:
    if name == CHARTS:
        return _charts()
    return resources.files("exporter.page").joinpath("assets", name).read_bytes()


def _charts() -> bytes:
    """Chart.js, from the package chartkick, which is not imported."""
    spec = find_spec("chartkick")
    if spec is None or spec.origin is None:
        raise ModuleNotFoundError("chartkick is not installed", name="chartkick")
    return Path(spec.origin).parent.joinpath("django", "static", "chartkick", CHARTS).read_bytes()
