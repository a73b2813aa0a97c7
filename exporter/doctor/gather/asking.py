"""Asks a program on this machine, or one that the user named, over HTTP: briefly, and not through a proxy here."""

from __future__ import annotations

from urllib.parse import urlsplit

import requests

from exporter.sources.http_session import Answer, fetch, session

LOOPBACK = ("127.0.0.1", "localhost", "::1")
TIMEOUT, TOTAL_SECONDS = (0.5, 2.0), 3.0
MAX_BYTES = 4 << 20


def ask(url: str, *, token: str | None = None) -> Answer | None:
    """The answer to a GET request; None without one in time. `token`: is sent as a bearer token."""
    with session(url) as used:
        used.trust_env = urlsplit(url).hostname not in LOOPBACK
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        try:
            return fetch(used, "GET", url, timeout=TIMEOUT, total_s=TOTAL_SECONDS, max_bytes=MAX_BYTES, headers=headers)
        except (requests.RequestException, ValueError):
            return None
