"""Terminal tables."""

from __future__ import annotations

from exporter.report.tables import NARROWEST, limits, sessions, status

__all__ = ["NARROWEST", "limits", "sessions", "status"]
