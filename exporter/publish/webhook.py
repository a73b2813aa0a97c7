"""Posts the document to the user's own URL, signed so that the receiver can verify the sender."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable
from urllib.parse import urlsplit

from exporter.publish.http import TIMEOUTS, TOTAL_SECONDS, check, translate_errors
from exporter.sources.http_session import fetch, session

SIGNATURE = "X-Claude-Tracker-Signature"
HINTS = {
    401: "it does not accept the signature. Configure the same secret on both sides",
    403: "it does not allow this request. Configure the same secret on both sides",
    404: "it does not exist. Configure the URL of your function",
    413: "the document is too large for it",
    422: "it does not accept the document",
}


class Webhook:
    """`secret` is called for each request; without one requests are not signed. `now`: seconds since 1970."""

    def __init__(self, url: str, secret: Callable[[], str | None], now: Callable[[], float]) -> None:
        self._url = url
        self._secret = secret
        self._now = now
        self._session = session(url)
        self._who = f"the webhook at {urlsplit(url).hostname}"

    def send(self, content: bytes) -> None:
        """Raises TransientFailure, PermanentFailure."""
        headers = {"Content-Type": "application/json", "User-Agent": "claude-tracker"}
        secret = self._secret()
        if secret is not None:
            headers[SIGNATURE] = signature(secret, round(self._now()), content)
        with translate_errors(self._who):
            answer = fetch(
                self._session,
                "POST",
                self._url,
                data=content,
                headers=headers,
                timeout=TIMEOUTS,
                total_s=TOTAL_SECONDS,
                whole=False,
            )
        check(answer, self._who, HINTS)


def signature(secret: str, at: int, content: bytes) -> str:
    """`t=SECONDS,v1=HEX`: HMAC-SHA256 of the time, a dot and the body."""
    signed = hmac.new(secret.encode(), f"{at}.".encode() + content, hashlib.sha256).hexdigest()
    return f"t={at},v1={signed}"
