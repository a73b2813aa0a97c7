"""An address of the user's own: the document by POST, signed so that the receiver can tell who sent it."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable
from urllib.parse import urlsplit

from exporter.publish.http import TIMEOUTS, asking, check
from exporter.sources.http_session import session

SIGNATURE = "X-Claude-Tracker-Signature"
HINTS = {
    401: "it does not accept the signature. Give both sides the same secret",
    403: "it does not let this in. Give both sides the same secret",
    404: "nothing is there. Configure the address of your function",
    413: "the document is too large for it",
    422: "it does not accept the document",
}


class Webhook:
    """`secret` is asked for at each use; without one nothing is signed. `now`: seconds since 1970."""

    def __init__(self, url: str, secret: Callable[[], str | None], now: Callable[[], float]) -> None:
        self._url = url
        self._secret = secret
        self._now = now
        self._session = session(url)
        self._who = f"the webhook at {urlsplit(url).hostname}"

    def send(self, content: bytes) -> None:
        """Raises Passing, Refused."""
        headers = {"Content-Type": "application/json", "User-Agent": "claude-tracker"}
        secret = self._secret()
        if secret is not None:
            headers[SIGNATURE] = signature(secret, round(self._now()), content)
        with asking(self._who):
            answer = self._session.post(
                self._url, data=content, headers=headers, timeout=TIMEOUTS, allow_redirects=False
            )
        check(answer, self._who, HINTS)


def signature(secret: str, at: int, content: bytes) -> str:
    """`t=SECONDS,v1=HEX`: HMAC-SHA256 of the time, a dot and the body, so that neither can be changed."""
    signed = hmac.new(secret.encode(), f"{at}.".encode() + content, hashlib.sha256).hexdigest()
    return f"t={at},v1={signed}"
