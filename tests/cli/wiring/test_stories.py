"""A server reads one transcript at a time, and refuses more than it can."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor, as_completed
from itertools import islice

import pytest

from exporter.cli.wiring.stories import MAX_WAITING, one_at_a_time
from exporter.domain.sessions.story.parts import Found, StoredSession, Wanted, wanted_of
from exporter.domain.sessions.story.story import Head
from exporter.errors import TrackerError

WANTED = wanted_of(StoredSession(Head("s1", "claude_code", "ended")), texts=False)
EXCESS = 3


def test_one_at_a_time() -> None:
    go_on, running, most = threading.Event(), list[int](), list[int]()

    def read(wanted: Wanted) -> Found:
        running.append(1)
        most.append(len(running))
        assert go_on.wait(20)
        running.pop()
        return Found("read")

    bounded = one_at_a_time(read)
    with ThreadPoolExecutor(MAX_WAITING + EXCESS) as pool:
        asked = [pool.submit(bounded, WANTED) for _ in range(MAX_WAITING + EXCESS)]
        refused = list(islice(as_completed(asked, timeout=10), EXCESS))  # the others wait
        go_on.set()
    assert [TrackerError] * EXCESS == [type(one.exception()) for one in refused]
    assert ["read"] * MAX_WAITING == [one.result().state for one in asked if one not in refused]
    assert [1] * MAX_WAITING == most
    assert "read" == bounded(WANTED).state, "their places are free again"


def test_a_failure_frees_its_place() -> None:
    def fail(wanted: Wanted) -> Found:
        raise ValueError("no")

    bounded = one_at_a_time(fail)
    for _ in range(2 * MAX_WAITING):
        with pytest.raises(ValueError, match="no"):
            bounded(WANTED)
