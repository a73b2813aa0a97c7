"""The dashboard: a live page, and a single file that needs no server."""

from exporter.page.files import asset
from exporter.page.live import CONTENT_SECURITY_POLICY, dashboard_html
from exporter.page.offline import OFFLINE_POLICY, offline_html

__all__ = ["CONTENT_SECURITY_POLICY", "OFFLINE_POLICY", "asset", "dashboard_html", "offline_html"]
