"""HTTP sessions that send only the credentials configured for them."""

from __future__ import annotations

from typing import Any
from urllib.parse import unquote, urlsplit, urlunsplit

import requests


def _keep_unchanged(request: Any) -> Any:
    """An auth that adds nothing. Without any auth, requests would read credentials from the user's .netrc."""
    return request


def session(url: str = "") -> requests.Session:
    """Create a session that ignores the user's .netrc. The user and password in `url`, if any, are sent."""
    new_session = requests.Session()
    parts = urlsplit(url)
    new_session.auth = (unquote(parts.username), unquote(parts.password or "")) if parts.username else _keep_unchanged
    return new_session


def without_credentials(url: str) -> str:
    """Remove the user and password from a URL, so that it can be shown and stored."""
    parts = urlsplit(url)
    return urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2]))
