"""Errors."""

from __future__ import annotations

from exporter.web.shapes.shape import Shape


class Problem(Shape, frozen=True, kw_only=True):
    """RFC 9457 problem details."""

    title: str
    status: int
    type: str = "about:blank"
    detail: str | None = None
