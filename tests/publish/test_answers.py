"""Targets that answer without end: the sync ends in time, keeps little, and says what happened."""

from __future__ import annotations

import time
import tracemalloc

import pytest

from exporter.publish import http
from exporter.publish.http import TransientFailure
from exporter.publish.netlify import Netlify
from exporter.publish.webhook import Webhook
from support.answers import Serve, after, bomb, drip, forever, once, serving

pytestmark = pytest.mark.server
OK = b"HTTP/1.1 200 OK\r\n"
PACKED = bomb(64)
DRIP = after(OK + b"\r\n", drip)
ENDLESS = forever(b"x" * 65_536, OK + b"\r\n")
ENDLESS_ERROR = forever(b"x" * 65_536, b"HTTP/1.1 500 Error\r\n\r\n")
BOMB = once(OK + b"Content-Encoding: gzip\r\n\r\n" + PACKED)


def problem_of(serve: Serve, target: str, monkeypatch: pytest.MonkeyPatch) -> str | None:
    """What sending to this target says, None for success. It keeps less than 20 MB, and takes less than 20 s."""
    monkeypatch.setattr(f"exporter.publish.{target}.TOTAL_SECONDS", 1.0 if serve is DRIP else 30.0)
    started = time.monotonic()
    with serving(serve) as (url, sent):
        tracemalloc.start()
        try:
            if target == "webhook":
                Webhook(url, lambda: None, time.time).send(b"{}")
            else:
                Netlify("site", lambda: "token", time.sleep, url).site()
            problem = None
        except TransientFailure as error:
            problem = str(error)
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
    assert max(sent) < 30_000_000
    assert peak < 20_000_000
    assert time.monotonic() - started < 20
    return problem


@pytest.mark.parametrize(
    ("serve", "problem"),
    [
        pytest.param(DRIP, "the webhook at 127.0.0.1 did not answer in time", id="a byte at a time"),
        pytest.param(ENDLESS, None, id="without end: its status says success"),
        pytest.param(ENDLESS_ERROR, "the webhook at 127.0.0.1 answered 500", id="an error without end"),
        pytest.param(BOMB, None, id="a gzip bomb is not unpacked"),
    ],
)
def test_a_webhook(serve: Serve, problem: str | None, monkeypatch: pytest.MonkeyPatch) -> None:
    assert problem == problem_of(serve, "webhook", monkeypatch)


@pytest.mark.parametrize(
    ("serve", "problem"),
    [
        pytest.param(DRIP, "Netlify did not answer in time", id="a byte at a time"),
        pytest.param(ENDLESS, "the answer of Netlify is too long", id="without end"),
        pytest.param(BOMB, "the answer of Netlify is too long", id="a gzip bomb"),
    ],
)
def test_netlify(serve: Serve, problem: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert problem == problem_of(serve, "netlify", monkeypatch)


def test_the_bounds() -> None:
    assert ((10.0, 60.0), 120.0) == (http.TIMEOUTS, http.TOTAL_SECONDS)
