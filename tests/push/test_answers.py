"""What a receiver's answer means."""

from __future__ import annotations

import pytest

from exporter.push.answers import Verdict, skew_s, verdict_of
from exporter.sources.http_session import Answer

NOW = 1_764_328_800.0
"""2025-11-28T11:20:00Z"""


def verdict(status: int, content: bytes = b"", headers: dict[str, str] | None = None) -> Verdict:
    return verdict_of(Answer(status, headers or {}, content), NOW)


@pytest.mark.parametrize("status", [200, 204])
def test_accepted(status: int) -> None:
    assert Verdict("accepted") == verdict(status)


@pytest.mark.parametrize(
    ("status", "content", "reason"),
    [
        (400, b"out of order sample", "out_of_order"),
        (400, b"out of bounds", "too_old"),
        (400, b"too old sample", "too_old"),
        (500, b"too old sample", "too_old"),  # Prometheus 2: for ever, whatever its status says
        (400, b"duplicate sample for timestamp", "duplicate"),
        (400, b"sample is too far in the future", "future"),
        (400, b"per-user series limit of 150000 exceeded", "limit"),
        (400, b"<html>", "other"),
        (422, b"", "other"),
    ],
)
def test_refused_for_good(status: int, content: bytes, reason: str) -> None:
    found = verdict(status, content)
    assert ("refused", reason) == (found.kind, found.reason)


@pytest.mark.parametrize(
    ("status", "headers", "after"),
    [
        (429, {"Retry-After": "30"}, 30.0),
        (503, {}, 0.0),
        (500, {"Retry-After": "x"}, 0.0),
        (408, {}, 0.0),
    ],
)
def test_to_be_tried_again(status: int, headers: dict[str, str], after: float) -> None:
    found = verdict(status, b"busy", headers)
    assert ("later", after) == (found.kind, found.after_s)


@pytest.mark.parametrize("status", [401, 403, 404, 301, 308])
def test_stopped(status: int) -> None:
    found = verdict(status, b"secret \x1b[31m", {"Location": "https://elsewhere.example/?token=x"})
    assert "stopped" == found.kind
    assert "token" not in found.problem.replace("the file with the token", "")
    assert "\x1b" not in found.problem


def test_too_large() -> None:
    assert "too large" == verdict(413).kind


@pytest.mark.parametrize(
    ("date", "skew"),
    [
        ("Fri, 28 Nov 2025 11:20:00 GMT", 0.0),
        ("Fri, 28 Nov 2025 11:30:00 GMT", -600.0),
        ("Sun, 30 Nov 2025 23:20:00 GMT", -216_000.0),
        ("yesterday", None),
        (None, None),
    ],
)
def test_how_far_this_clock_is_ahead(date: str | None, skew: float | None) -> None:
    assert skew == skew_s({"Date": date} if date is not None else {}, NOW)
