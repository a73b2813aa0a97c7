"""Of a response's lines the greatest wins as a whole, whichever was read first, in one look or in two."""

from __future__ import annotations

from pathlib import Path

import pytest

from support.tracker import Tracker
from support.transcripts import HAIKU, OPUS, SONNET, Json, Record, append, assistant, usage, write

NOON, LATER = "2026-11-22T12:00:00.000Z", "2026-11-22T12:00:01.000Z"


def line(model: str, tokens: int = 30, *, stop: Json = None, uuid: str = "u", at: str = NOON, **used: Json) -> Record:
    return assistant(model=model, used=usage(tokens, 0, **used), stop=stop, uuid=uuid, at=at)


def advised(model: str, tokens: int) -> Record:
    return line(model, 30, iterations=[{"type": "advisor_message", "model": HAIKU, **usage(tokens, 0)}])


GREATER_AND_LESSER = [
    pytest.param(line(OPUS, 1, stop="end_turn"), line(SONNET, 9**9), id="a stop reason"),
    pytest.param(line(OPUS, 17), line(SONNET, 16), id="then the larger sum"),
    pytest.param(line(OPUS, 1, cache_read_input_tokens=30), line(SONNET, 30), id="of all token types"),
    pytest.param(advised(OPUS, 1), line(SONNET, 30, at=LATER), id="and of all advisors"),
    pytest.param(line(OPUS, at=LATER, uuid="a"), line(SONNET, uuid="b"), id="then the later time"),
    pytest.param(line(OPUS, uuid="v"), line(SONNET, uuid="u"), id="then the greater uuid"),
    pytest.param(line(OPUS, uuid="u"), line(SONNET, uuid=""), id="any uuid above none"),
    pytest.param(line(OPUS, 10**9), line(SONNET, 10**9 - 1), id="also of the largest counts"),
]


@pytest.mark.parametrize(("greater", "lesser"), GREATER_AND_LESSER)
@pytest.mark.parametrize("greater_comes_first", [True, False])
def test_the_greater_line_wins(tmp_path: Path, greater: Record, lesser: Record, greater_comes_first: bool) -> None:
    first, second = (greater, lesser) if greater_comes_first else (lesser, greater)
    write(tmp_path / "once" / "s1.jsonl", [first, second])
    path = write(tmp_path / "twice" / "s1.jsonl", [first])
    with (
        Tracker(tmp_path / "once.db", tmp_path / "once") as once,
        Tracker(tmp_path / "t.db", tmp_path / "twice") as two,
    ):
        append(path, [second])
        two.scan()
        for tracker in (once, two):
            found = tracker.figures()
            assert 1 == found.responses
            assert ["claude-opus-4-5"] == [model for model in found.tokens if model != "claude-haiku-4-5"]
