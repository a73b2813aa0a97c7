"""What a receiver's answer to remote write means: accepted, refused for good, too large, to be tried again, or stopped.

Measured with Prometheus 2.42 and 3.16 and VictoriaMetrics 1.79; the status codes follow the specification.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from email.utils import parsedate_to_datetime
from typing import Literal

import msgspec

from exporter.domain.text import printable
from exporter.publish.http import RETRIED_STATUSES, retry_after_s
from exporter.sources.http_session import Answer

Kind = Literal["accepted", "refused", "too large", "later", "stopped"]
MAX_MESSAGE = 200
_WORDS = (
    ("too_old", re.compile(r"too old|out of bounds|outside of the", re.IGNORECASE)),
    ("future", re.compile(r"future", re.IGNORECASE)),
    ("duplicate", re.compile(r"duplicate", re.IGNORECASE)),
    ("out_of_order", re.compile(r"out[ -]of[ -]order", re.IGNORECASE)),
    ("limit", re.compile(r"limit", re.IGNORECASE)),
)
_HINTS = {
    401: "its credentials are not valid: check the file with the token or the password",
    403: "these credentials may not write there: check them, and the tenant's header",
    404: "it takes no remote write at this address: check the path, such as /api/v1/write",
    405: "it takes no remote write at this address: check the path, such as /api/v1/write",
}


class Verdict(msgspec.Struct, frozen=True):
    """`reason`: of a refusal, one of `REASONS`. `after_s`: the wait that is asked for. `problem`: what is said."""

    kind: Kind
    reason: str = ""
    after_s: float = 0.0
    problem: str = ""


def verdict_of(answer: Answer, now_s: float) -> Verdict:
    """`now_s`: Unix time."""
    status = answer.status_code
    if 200 <= status < 300:
        return Verdict("accepted")
    said = _first_line(answer.content)
    reason = next((name for name, words in _WORDS if words.search(said)), "other")
    problem = f"it answered {status}" + (f": {said}" if said else "")
    if 300 <= status < 400:
        return Verdict("stopped", problem=f"it answered {status}: it has moved. Configure its new address")
    if status in _HINTS:
        return Verdict("stopped", problem=f"it answered {status}: {_HINTS[status]}")
    if status == 413:
        return Verdict("too large", problem=problem)
    if status in RETRIED_STATUSES or (status >= 500 and reason != "too_old"):
        return Verdict("later", after_s=retry_after_s(answer, now_s), problem=problem)
    return Verdict("refused", reason, problem=problem)


def skew_s(headers: Mapping[str, str], now_s: float) -> float | None:
    """How far this clock is ahead of the answer's `Date`; None without one. `now_s`: Unix time."""
    try:
        return now_s - parsedate_to_datetime(headers["Date"]).timestamp()
    except (KeyError, ValueError, TypeError, IndexError, OverflowError):
        return None


def _first_line(content: bytes) -> str:
    lines = content.decode("utf-8", "replace").strip().splitlines()
    return printable(lines[0])[:MAX_MESSAGE] if lines else ""
