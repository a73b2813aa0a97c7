"""What the doctor found."""

from __future__ import annotations

from typing import Literal

from exporter.web.shapes.shape import Shape


class Check(Shape, frozen=True, kw_only=True):
    """A check. `message`: the cause; `remedy`: what to do, null if nothing."""

    id: str
    status: Literal["ok", "note", "warning", "error"]
    message: str
    remedy: str | None


class Doctor(Shape, frozen=True, kw_only=True):
    """Every check of the installation."""

    checks: list[Check]
