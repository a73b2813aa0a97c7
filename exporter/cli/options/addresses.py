"""Addresses to which data is sent."""

from __future__ import annotations

from urllib.parse import urlsplit

from exporter.errors import ConfigurationError


def require_safe_url(option: str, url: str) -> str:
    """Raises ConfigurationError for an address that would receive data and tokens unencrypted."""
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError:
        host = None
    names_a_host = host and " " not in url and all(0 < len(label) < 64 for label in host.strip(".").split("."))
    is_here = host in ("127.0.0.1", "::1", "localhost")
    if names_a_host and (parts.scheme == "https" or (parts.scheme == "http" and is_here)):
        return url
    raise ConfigurationError(f"{option} must be an https:// address (http:// only on this machine)")
