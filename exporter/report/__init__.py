"""Terminal tables."""

from __future__ import annotations

from exporter.report.limits import limits
from exporter.report.sessions import sessions
from exporter.report.status import NARROWEST, status

__all__ = ["NARROWEST", "limits", "sessions", "status"]
