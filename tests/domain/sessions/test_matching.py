"""Processes, registry records and transcripts are joined to sessions."""

from __future__ import annotations

import pytest

from exporter.domain.sessions.matching import match_sessions
from exporter.domain.sessions.process import Kind
from exporter.domain.sessions.session import PreviousSession, Process, Record, Transcript


def code(pid: int, started: int, cwd: str | None = "/shop", token: str = "100", **more: str) -> Process:
    return Process(pid, started, Kind.CODE, token, cwd, named_session_id=more.get("names"))


def record(pid: int, session: str, token: str | None = "100") -> Record:
    return Record(pid, session, token)


def transcript(session: str, first: int, last: int, cwd: str = "/shop") -> Transcript:
    return Transcript(session, cwd, first, last)


CASES = [
    pytest.param([code(1, 10)], [record(1, "a")], [], {}, {1: ("a", "registered")}, id="registered"),
    pytest.param(
        [code(1, 10, token="200")], [record(1, "a")], [], {}, {1: ("code-1-10", "inferred")}, id="a pid given again"
    ),
    pytest.param(
        [code(1, 10)],
        [record(1, "a", None)],
        [],
        {},
        {1: ("a", "registered")},
        id="a record without a start is believed of Claude Code",
    ),
    pytest.param([code(1, 10)], [], [], {}, {1: ("code-1-10", "inferred")}, id="nothing is known yet"),
    pytest.param([code(1, 10)], [], [transcript("a", 12, 20)], {}, {1: ("a", "inferred")}, id="by its folder"),
    pytest.param(
        [code(1, 10)], [], [transcript("a", 1, 9)], {}, {1: ("code-1-10", "inferred")}, id="not by what was before"
    ),
    pytest.param(
        [code(1, 10)], [], [transcript("a", 1, 12)], {}, {1: ("a", "inferred")}, id="--continue of an old one"
    ),
    pytest.param(
        [code(1, 10)], [], [transcript("a", 12, 20, "/other")], {}, {1: ("code-1-10", "inferred")}, id="another folder"
    ),
    pytest.param(
        [code(1, 10)],
        [],
        [transcript("a", 11, 30), transcript("b", 12, 20)],
        {},
        {1: ("a", "inferred")},
        id="the newest of two",
    ),
    pytest.param(
        [code(1, 10), code(2, 15)],
        [],
        [transcript("a", 12, 20)],
        {},
        {1: ("a", "inferred"), 2: ("code-2-15", "inferred")},
        id="started before the younger, so the older's",
    ),
    pytest.param(
        [code(1, 10), code(2, 15)],
        [],
        [transcript("a", 12, 20), transcript("b", 16, 18)],
        {},
        {1: ("a", "inferred"), 2: ("b", "inferred")},
        id="two in one folder",
    ),
    pytest.param(
        [code(1, 10), code(2, 15)],
        [],
        [transcript("a", 16, 20)],
        {},
        {1: ("code-1-10", "inferred"), 2: ("a", "inferred")},
        id="one transcript is the youngest's",
    ),
    pytest.param(
        [code(1, 10), code(2, 15)],
        [],
        [transcript("a", 12, 40), transcript("b", 16, 18)],
        {1: "a", 2: "b"},
        {1: ("a", "inferred"), 2: ("b", "inferred")},
        id="kept, whichever writes last",
    ),
    pytest.param(
        [code(1, 10)],
        [],
        [transcript("a", 12, 20), transcript("b", 25, 30)],
        {1: "a"},
        {1: ("b", "inferred")},
        id="/clear",
    ),
    pytest.param(
        [code(1, 10), code(2, 15)],
        [],
        [transcript("a", 12, 20), transcript("b", 25, 30)],
        {1: "a"},
        {1: ("a", "inferred"), 2: ("b", "inferred")},
        id="a new transcript is first of all one's that waits for it",
    ),
    pytest.param(
        [code(1, 10), code(2, 15)],
        [record(1, "a")],
        [transcript("a", 16, 20)],
        {},
        {1: ("a", "registered"), 2: ("code-2-15", "inferred")},
        id="a registered one's transcript is taken",
    ),
    pytest.param(
        [code(1, 10), code(2, 15)],
        [record(1, "a"), record(2, "a")],
        [],
        {},
        {1: ("code-1-10", "registered"), 2: ("a", "registered")},
        id="one session on two processes is the youngest's",
    ),
    pytest.param([code(1, 10, names="x")], [], [], {}, {1: ("x", "inferred")}, id="named by its arguments"),
    pytest.param(
        [Process(5, 99, Kind.DESKTOP)], [], [], {}, {5: ("desktop-5-99", "inferred")}, id="Claude Desktop is one itself"
    ),
]


@pytest.mark.parametrize(("processes", "records", "transcripts", "held", "expected"), CASES)
def test_join(
    processes: list[Process],
    records: list[Record],
    transcripts: list[Transcript],
    held: dict[int, str],
    expected: dict[int, tuple[str, str]],
) -> None:
    on = {pid: PreviousSession(session_id, registered=False) for pid, session_id in held.items()}
    found = match_sessions(processes, {one.pid: one for one in records}, transcripts, on)
    assert expected == {one.process.pid: (one.session_id, one.source) for one in found}
