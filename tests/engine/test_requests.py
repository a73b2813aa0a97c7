"""Requests to the ingest thread are collected until it has time; a repeated request counts once."""

from __future__ import annotations

import threading
import time
from pathlib import Path

from exporter.domain.sessions.session import ProcessSample
from exporter.engine.requests import Request, Requests

FOLDER = frozenset((Path("/projects"),))
EARLY = 5.0
"""A time of the monotonic clock that is long past."""


def test_all_requests_are_taken_together_and_only_once() -> None:
    requests = Requests()
    requests.put(paths=frozenset(("a", "b")), since=EARLY)
    requests.put(paths=frozenset(("b", "c")))
    requests.put(folders=FOLDER)
    requests.put(scan=True)
    requests.put(finish=True)
    requests.put(limits=True)
    sample = ProcessSample(())
    requests.put(sample=sample)
    everything = Request(frozenset("abc"), FOLDER, scan=True, finish=True, limits=True, sample=sample, since=EARLY)
    assert everything == requests.take()
    assert (frozenset(), frozenset(), False, False, False, None) == requests.take()[:-1]


def test_the_later_of_two_samples_wins_even_after_a_put_back() -> None:
    requests = Requests()
    earlier, later = ProcessSample(()), ProcessSample(None)
    requests.put(sample=earlier)
    requests.put(sample=later)
    requests.put(sample=earlier, since=EARLY)
    assert later is requests.take().sample


def test_the_age_is_that_of_the_oldest_request() -> None:
    requests = Requests()
    started = time.monotonic()
    requests.put(scan=True)
    requests.put(paths=frozenset("a"))
    assert started <= requests.take().since <= time.monotonic()
    requests.put(paths=frozenset("b"))
    requests.put(paths=frozenset("a"), since=EARLY)  # put back after a failure
    assert EARLY == requests.take().since


def test_waiting_ends_when_a_request_arrives() -> None:
    requests = Requests()
    answers: list[bool] = []
    waiting = threading.Thread(target=lambda: answers.append(requests.wait()))
    waiting.start()
    requests.put(finish=True)
    waiting.join(5)
    assert [True] == answers


def test_closing_ends_all_waiting_even_with_requests_left() -> None:
    requests = Requests()
    requests.put(scan=True)
    assert requests.wait()
    requests.close()
    assert not requests.wait()
