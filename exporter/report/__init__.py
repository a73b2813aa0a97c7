"""Reports for the terminal."""

from __future__ import annotations

from exporter.report.fitting import MIN_WIDTH
from exporter.report.glance import fresh_text, glance
from exporter.report.limits import limits
from exporter.report.sessions import sessions
from exporter.report.status import status

__all__ = ["MIN_WIDTH", "fresh_text", "glance", "limits", "sessions", "status"]
