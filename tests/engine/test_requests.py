"""Requests to the ingest thread are collected until it has time; a repeated request counts once."""

from __future__ import annotations

import threading
import time
from pathlib import Path

from exporter.domain.sessions.process import Kind
from exporter.domain.sessions.session import Process, ProcessSample, Record
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
    requests.put(samples=(sample,))
    everything = Request(frozenset("abc"), FOLDER, scan=True, finish=True, limits=True, samples=(sample,), since=EARLY)
    assert everything == requests.take()
    assert (frozenset(), frozenset(), False, False, False, ()) == requests.take()[:-1]


def process(pid: int) -> Process:
    return Process(pid, 1_000, Kind.CODE, str(pid))


def test_samples_are_kept_in_order_even_after_a_put_back() -> None:
    """A process may come and go while the ingest thread is busy."""
    requests = Requests()
    first, second, third = (ProcessSample((process(pid),)) for pid in (1, 2, 3))
    requests.put(samples=(second,))
    requests.put(samples=(third,))
    requests.put(samples=(first,), since=EARLY)
    assert (first, second, third) == requests.take().samples


def test_of_samples_with_the_same_processes_and_sessions_the_later_stays() -> None:
    requests = Requests()
    idle, busy, other = (Record(1, name, "1", state=state) for name, state in (("a", "idle"), ("a", "busy"), ("b", "")))
    gone = Record(2, "c", "2")
    for record, missed in ((idle, (gone,)), (busy, ()), (other, ())):
        requests.put(samples=(ProcessSample((process(1),), {1: record}, missed),))
    expected = [(busy, (gone,)), (other, ())]
    assert expected == [(sample.records[1], sample.missed) for sample in requests.take().samples]


def test_the_samples_of_a_busy_hour_are_bounded() -> None:
    requests = Requests()
    for pid in range(600):
        requests.put(samples=(ProcessSample((process(pid),)),))
    samples = requests.take().samples
    assert (500, (process(599),)) == (len(samples), samples[-1].processes)


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
