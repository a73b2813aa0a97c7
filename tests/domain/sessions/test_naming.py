"""Ended runs and the transcripts that began while they ran: one for one, and as many as possible."""

from __future__ import annotations

import random

import pytest

from exporter.domain.sessions.naming import StartedSession, UnnamedRun, assign_names


def run(number: int, start: int, end: int | None, cwd: str = "/shop") -> UnnamedRun:
    """From second to second."""
    return UnnamedRun(number, cwd, start * 1_000, None if end is None else end * 1_000)


def session(name: str, at: float, cwd: str = "/shop") -> StartedSession:
    return StartedSession(name, cwd, round(at * 1_000))


@pytest.mark.parametrize(
    ("ended", "started", "running", "names"),
    [
        pytest.param([run(1, 10, 12)], [session("a", 11)], [], {1: "a"}, id="one run, one session"),
        pytest.param([run(1, 10, 12)], [], [], {}, id="no session"),
        pytest.param([], [session("a", 11)], [], {}, id="no run"),
        pytest.param([run(1, 10, 12)], [session("a", 8)], [], {1: "a"}, id="a start may be two seconds off"),
        pytest.param([run(1, 10, 12)], [session("a", 7.9)], [], {}, id="before it"),
        pytest.param([run(1, 10, 12)], [session("a", 14)], [], {1: "a"}, id="an end may be two seconds off"),
        pytest.param([run(1, 10, 12)], [session("a", 14.1)], [], {}, id="after it"),
        pytest.param([run(1, 10, 12)], [session("a", 11, "/mill")], [], {}, id="in another folder"),
        pytest.param(
            [run(1, 10, 30), run(2, 11, 14)], [session("b", 25), session("a", 12)], [], {1: "b", 2: "a"},
            id="the first to end gets the one that both may have",
        ),
        pytest.param([run(1, 10, 12)], [session("a", 11), session("b", 12)], [], {1: "a"}, id="one session for a run"),
        pytest.param([run(1, 10, 12), run(2, 10, 12)], [session("a", 11)], [], {1: "a"}, id="one run for a session"),
        pytest.param([run(1, 10, 12)], [session("a", 11)], [run(3, 9, None)], {}, id="it may be that of one that runs"),
        pytest.param(
            [run(1, 10, 12)], [session("a", 11)], [run(3, 14, None), run(4, 9, None, "/mill")], {1: "a"},
            id="it cannot be that of those that run",
        ),
    ],
)  # fmt: skip
def test_assign_names(
    ended: list[UnnamedRun], started: list[StartedSession], running: list[UnnamedRun], names: dict[int, str]
) -> None:
    assert names == assign_names(ended, started, running)


@pytest.mark.parametrize("seed", range(20))
def test_each_of_many_runs_gets_a_session_if_each_wrote_one(seed: int) -> None:
    chance = random.Random(seed)
    runs, sessions = [], []
    for number in range(50):
        start = chance.randrange(60_000)
        end = start + chance.randrange(600, 3_000)
        runs.append(UnnamedRun(number, "/shop", start, end))
        sessions.append(StartedSession(str(number), "/shop", chance.randrange(start, end)))
    chance.shuffle(sessions)
    found = assign_names(runs, sessions, [])
    assert (50, 50) == (len(found), len(set(found.values())))
