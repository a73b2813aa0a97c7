"""Terminal tables."""

from __future__ import annotations

from exporter.report.limits import limits
from exporter.report.tables import NARROWEST, sessions, status

__all__ = ["NARROWEST", "limits", "sessions", "status"]
