"""The files of the page, from the folder assets."""

from __future__ import annotations

from functools import cache
from importlib import resources
from pathlib import Path

STYLES = ("dashboard.css", "parts.css", "views.css")
SCRIPT = "dashboard.js"
TEMPLATE = "dashboard.html"
_MIMETYPES = {".css": "text/css", ".js": "text/javascript"}


@cache
def assets() -> frozenset[str]:
    """The names of the scripts and styles."""
    names = (entry.name for entry in resources.files("exporter.page").joinpath("assets").iterdir())
    return frozenset(name for name in names if Path(name).suffix in _MIMETYPES)


def asset(name: str) -> tuple[bytes, str] | None:
    """The content and mimetype of a script or style; None for any other name."""
    return (_content(name), _MIMETYPES[Path(name).suffix]) if name in assets() else None


def text(name: str) -> str:
    """The text of one of the page's files, including the template."""
    return _content(name).decode()


@cache
def runbook_style() -> str:
    """The style of the runbook; the dashboard does not use it."""
    return resources.files("exporter.page").joinpath("runbook.css").read_text(encoding="utf-8")


@cache
def _content(name: str) -> bytes:
    return resources.files("exporter.page").joinpath("assets", name).read_bytes()
