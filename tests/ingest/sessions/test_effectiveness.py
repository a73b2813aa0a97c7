"""A session's effectiveness: of its responses those without API error, interruption or rejected tool call."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import pytest

from exporter.store.sessions import sessions
from support.tracker import Tracker
from support.transcripts import Record, api_error, assistant, prompt, text_part, tool_result, tool_use, write

REJECTED = "The user doesn't want to proceed with this tool use. The tool use was rejected (eg. …). STOP what you are"
SESSION = "11111111-2222-4333-8444-555555555555"


def at(minute: int, second: int = 0) -> str:
    return f"2026-11-22T10:{minute:02}:{second:02}.000Z"


def answers(*minutes: int, session: str = SESSION) -> list[Record]:
    return [
        assistant(f"m{minute}", request=f"r{minute}", uuid=f"a{minute}", session=session, at=at(minute))
        for minute in minutes
    ]


def stop(minute: int, uuid: str = "x1", **more: object) -> Record:
    return prompt([text_part("[Request interrupted by user]")], uuid=uuid, session=SESSION, at=at(minute, 30), **more)


def effectiveness(folder: Path, lines: Sequence[Record | bytes]) -> tuple[object, float | None]:
    write(folder / "p" / f"{SESSION}.jsonl", lines)
    with Tracker(folder / "tracker.db", folder) as tracker:
        tracker.see()
        live = tracker.sessions()[SESSION].metadata.get("effectiveness")
        ratio = sessions.effectiveness_since(tracker.connection, 0)
        tracker.derive_all_again()
        assert live == tracker.sessions()[SESSION].metadata.get("effectiveness")
        assert ratio == sessions.effectiveness_since(tracker.connection, 0)
        return live, ratio


CASES = [
    pytest.param(answers(1, 2, 3, 4), (100.0, 1.0), id="nothing went wrong"),
    pytest.param([*answers(1, 2, 3), stop(2)], (66.7, 2 / 3), id="an interruption"),
    pytest.param([*answers(1, 2, 3, 4), stop(2), stop(2, "x2")], (75.0, 0.75), id="one response is flawed once"),
    pytest.param([stop(0), *answers(1, 2)], (100.0, 1.0), id="before any response"),
    pytest.param(
        [*answers(1, 2), api_error("API Error: 529", sessionId=SESSION, timestamp=at(1, 5))],
        (50.0, 0.5),
        id="an API error",
    ),
    pytest.param(
        [*answers(1, 2), prompt([tool_result(content=REJECTED)], uuid="t", session=SESSION, at=at(2, 5))],
        (50.0, 0.5),
        id="a rejected tool call",
    ),
    pytest.param(
        [*answers(1), prompt([tool_result(content=f'it says "{REJECTED}"')], uuid="t", session=SESSION, at=at(2))],
        (100.0, 1.0),
        id="a result that quotes a rejection",
    ),
    pytest.param([prompt(uuid="p", session=SESSION, at=at(1))], (None, None), id="no response, no figure"),
]


@pytest.mark.parametrize(("lines", "expected"), CASES)
def test_effectiveness(tmp_path: Path, lines: list[Record], expected: tuple[object, float | None]) -> None:
    assert expected == effectiveness(tmp_path, lines)


def test_a_rejection_among_skipped_results_is_counted(tmp_path: Path) -> None:
    """Such lines are recognized by their beginning, and most are not decoded."""
    envelope = f'"userType":"external","cwd":"/shop","sessionId":"{SESSION}","version":"2.1.197","gitBranch":""'

    def result(number: int, content: str) -> bytes:
        return (
            f'{{"parentUuid":"{number:036}","isSidechain":false,{envelope},"type":"user","uuid":"{number + 1:036}",'
            f'"timestamp":"{at(number, 5)}","message":{{"role":"user","content":[{{"tool_use_id":"t{number}",'
            f'"type":"tool_result","content":{json.dumps(content)}}}]}}}}'
        ).encode()

    lines: list[Record | bytes] = []
    for n in range(1, 6):
        lines += [*answers(n), result(n, REJECTED if n == 4 else "done")]
    assert (80.0, 0.8) == effectiveness(tmp_path, lines)


def test_a_running_session_is_in_no_ratio_yet(tmp_path: Path) -> None:
    calls = [assistant("m", request="r", uuid="a", session=SESSION, at=at(1), content=[tool_use()])]
    write(tmp_path / "p" / f"{SESSION}.jsonl", calls)
    with Tracker(tmp_path / "tracker.db", tmp_path, now=1_795_341_600_000) as tracker:
        assert 1.0 == sessions.effectiveness_since(tracker.connection, 0)
        assert None is sessions.effectiveness_since(tracker.connection, 1_795_341_600_000 + 86_400_000)
