"""Sends bodies of remote write to one address. Redirects are not followed, so no credential goes elsewhere."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from exporter import __version__
from exporter.publish.http import TIMEOUTS, TOTAL_SECONDS, PermanentFailure, TransientFailure, translate_errors
from exporter.push.answers import Verdict, skew_s, verdict_of
from exporter.push.wire import HEADERS
from exporter.sources.http_session import fetch, session

MAX_ANSWER_BYTES = 64 << 10


class Address(NamedTuple):
    """Where to send, and how to be let in. `token`, `password`: read for each request, since their files may change.

    `username`: None for a bearer token. `verify`: the file of the authorities to trust, None for the system's.
    `certificate`: the files of a client certificate and its key.
    """

    url: str
    token: Callable[[], str | None]
    username: str | None = None
    headers: Mapping[str, str] = {}
    verify: str | None = None
    certificate: tuple[str, str] | None = None


class Reply(NamedTuple):
    """`skew_s`: how far this clock is ahead of the receiver's; None if it does not say its time."""

    verdict: Verdict
    skew_s: float | None = None


class Receiver:
    """`clock`: Unix time in ms."""

    def __init__(self, address: Address, clock: Callable[[], int]) -> None:
        self._address = address
        self._clock = clock
        self._session = session()

    def post(self, body: bytes) -> Reply:
        """Send a body; an answer that does not come is to be tried again."""
        address = self._address
        more: dict[str, Any] = {}
        if address.verify is not None:
            more["verify"] = address.verify
        if address.certificate is not None:
            more["cert"] = address.certificate
        try:
            secret = address.token()
            headers = {**HEADERS, "User-Agent": f"claude-tracker/{__version__}", **address.headers}
            if address.username is not None:
                more["auth"] = (address.username.encode(), (secret or "").encode())
            elif secret:
                headers["Authorization"] = f"Bearer {secret}"
            with translate_errors("the store"):
                answer = fetch(
                    self._session,
                    "POST",
                    address.url,
                    data=body,
                    headers=headers,
                    timeout=TIMEOUTS,
                    total_s=TOTAL_SECONDS,
                    max_bytes=MAX_ANSWER_BYTES,
                    whole=False,
                    **more,
                )
        except TransientFailure as error:
            return Reply(Verdict("later", problem=str(error)))
        except PermanentFailure as error:
            return Reply(Verdict("stopped", problem=str(error)))
        now_s = self._clock() / 1000
        return Reply(verdict_of(answer, now_s), skew_s(answer.headers, now_s))
