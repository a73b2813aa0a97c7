"""How this program asks others over HTTP: with no credentials but those it was given."""

from __future__ import annotations

from typing import Any
from urllib.parse import unquote, urlsplit, urlunsplit

import requests


def _as_given(request: Any) -> Any:
    """requests looks into the user's .netrc for whoever brings no credentials of their own; so we bring none."""
    return request


def session(url: str = "") -> requests.Session:
    """A session without the user's .netrc. `url`: whose user and password, if it names any, are sent."""
    made = requests.Session()
    parts = urlsplit(url)
    made.auth = (unquote(parts.username), unquote(parts.password or "")) if parts.username else _as_given
    return made


def without_credentials(url: str) -> str:
    """A URL as it may be shown and kept."""
    parts = urlsplit(url)
    return urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2]))
