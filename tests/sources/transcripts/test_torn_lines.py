"""Physical lines with several records, or with half of one; last lines without a newline."""

from __future__ import annotations

import json
import os
from dataclasses import replace
from pathlib import Path
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exporter.domain.calendar.timestamp import MINUTE
from exporter.sources.transcripts.torn import split
from support.tracker import Figures, Tracker, figures_of
from support.transcripts import (
    Record,
    agent_progress,
    assistant,
    encoded,
    prompt,
    text_part,
    tool_result,
    usage,
    write,
    written,
)


def answer(number: int, output: int, **sides: object) -> bytes:
    return encoded(
        assistant(f"m{number}", request=f"r{number}", uuid=f"u{number}", used=usage(1, output), **sides)  # type: ignore[arg-type]
    )


def counted(responses: int, output: int, **more: object) -> Figures:
    cost = responses * 5_000 + output * 25_000
    return replace(Figures({"claude-opus-4-5": (responses, output)}, responses, cost), **more)  # type: ignore[arg-type]


ONE, TWO, THREE = answer(1, 10), answer(2, 20), answer(3, 30)
TALKING = answer(2, 20, content=[text_part('like {"type":"assistant"} in a text')])
RESULT = encoded(prompt([tool_result()], uuid="t1"))
BROKEN = {"malformed": 1}
MANY = encoded(prompt([tool_result()], uuid="t2", toolUseResult=[{"n": f"x{n}"} for n in range(1_500)]))[:-9]
PROGRESS = encoded(agent_progress(assistant("m9", request="r9", uuid="u9")))

TORN = [
    pytest.param(ONE + TWO, counted(2, 30), id="two records"),
    pytest.param(ONE + b" " + TWO + THREE, counted(3, 60), id="three, with a space"),
    pytest.param(ONE[:-1] + TWO, counted(1, 20, skipped=BROKEN), id="all but the end of one before a whole one"),
    pytest.param(ONE[:25] + TWO, counted(1, 20, skipped=BROKEN), id="the beginning of one before a whole one"),
    pytest.param(ONE[:140] + TWO + THREE, counted(2, 50, skipped=BROKEN), id="half of one before two"),
    pytest.param(ONE + TWO[:200], counted(1, 10, skipped=BROKEN), id="half of one behind a whole one"),
    pytest.param(ONE[:99] + TWO[:99] + THREE, counted(1, 30, skipped=BROKEN), id="two halves before a whole one"),
    pytest.param(ONE[:99] + TALKING, counted(1, 20, skipped=BROKEN), id="a text that looks like a record"),
    pytest.param(b"\0" * 500 + ONE, counted(1, 10), id="zeros of a power failure"),
    pytest.param(b"\xff\xfe" + ONE, counted(1, 10, skipped=BROKEN), id="bytes that are no text"),
    pytest.param(RESULT + ONE, counted(1, 10), id="behind a tool's result"),
    pytest.param(RESULT[:150] + ONE, counted(1, 10, skipped=BROKEN), id="behind half of one"),
    pytest.param(ONE[:120], Figures(skipped=BROKEN), id="half of one alone"),
    pytest.param(ONE + b'ld text"}]}}', counted(1, 10, skipped=BROKEN), id="the end of another behind it"),
    pytest.param(ONE[:90] + TWO + ONE[90:], counted(1, 20, skipped=BROKEN), id="one written into another"),
    pytest.param(ONE + b"x" + TWO, counted(2, 30, skipped=BROKEN), id="something between"),
    pytest.param(MANY + ONE, counted(1, 10, skipped=BROKEN), id="half of one with many objects"),
    pytest.param(PROGRESS[:-2] + ONE, counted(1, 10, skipped=BROKEN), id="a record inside a half is none of its own"),
    pytest.param(
        b'{"a":' * 1_200 + b'"' + b"x" * 2_000_000 + ONE, counted(1, 10, skipped=BROKEN), id="made to cost time"
    ),
    pytest.param(b'{"a":' * 3_000, Figures(skipped=BROKEN), id="starts without end"),
]


@pytest.mark.parametrize(("line", "expected"), TORN)
def test_every_whole_record_of_a_physical_line_counts(tmp_path: Path, line: bytes, expected: Figures) -> None:
    assert expected == figures_of(tmp_path, {"shop/s1": [line]})


def test_the_lines_around_a_torn_one_count(tmp_path: Path) -> None:
    results = [prompt([tool_result(f"t{n}")], uuid=f"t{n}") for n in range(4)]
    lines: list[Record | bytes] = [*results[:2], answer(1, 10)[:99] + TWO, *results[2:], THREE]
    expected = counted(2, 50, skipped=BROKEN)
    assert expected == figures_of(tmp_path, {"shop/s1": lines})


@given(st.integers(0, 10**9))
def test_a_half_record_anywhere_costs_itself_alone(seed: int) -> None:
    dice = Random(seed)
    whole = [answer(n, n, content=[text_part('a } b { " c \\ é')]) for n in range(6)]
    line, expected = b"", []
    for record in whole:
        if dice.random() < 0.5:
            line += record[: dice.randrange(1, len(record))]
        else:
            line += record
            expected.append(json.loads(record)["uuid"])
    assert expected == [json.loads(record)["uuid"] for record in split(line).records]


# ------------------------------------------------------------------------------------------- without a newline

MOMENT = 1_795_341_600_000
"""2026-11-22T10:00Z"""


class Grown:
    """A file that grows while a tracker reads. `at`: minutes after the moment; the file is changed at its time."""

    def __init__(self, root: Path) -> None:
        self.file = root / "projects" / "shop" / "s1.jsonl"
        write(self.file, [ONE])
        self.tracker = Tracker(root / "tracker.db", root / "projects", now=MOMENT)

    def grow(self, content: bytes, at: float = 0) -> None:
        with self.file.open("ab") as file:
            file.write(content)
        changed = int((MOMENT + at * MINUTE) * 1_000_000)
        os.utime(self.file, ns=(changed, changed))

    def output(self, at: float) -> tuple[int, int]:
        """Responses and output tokens once read at a time."""
        self.tracker.now = int(MOMENT + at * MINUTE)
        self.tracker.scan()
        figures = self.tracker.figures()
        assert figures.skipped == {}
        return figures.responses, figures.tokens["claude-opus-4-5"][1]


@pytest.mark.parametrize(
    ("last", "then"),
    [
        pytest.param(TWO, b"\n" + THREE + b"\n", id="its newline comes with the next line"),
        pytest.param(TWO, THREE + b"\n", id="the next record follows at once, as after a restore"),
        pytest.param(TWO + b"\n" + THREE[:77], THREE[77:], id="half a line waits"),
        pytest.param(TWO + THREE[:77], THREE[77:], id="half a record behind a whole one waits"),
        pytest.param(TWO + b"  ", b"\n\n" + THREE, id="spaces"),
    ],
)
def test_a_last_line_without_newline_counts_once_its_file_is_quiet(tmp_path: Path, last: bytes, then: bytes) -> None:
    grown = Grown(tmp_path)
    grown.grow(last)
    if b"\n" not in last:
        assert (1, 10) == grown.output(0.9), "it may still be written"
    assert (2, 30) == grown.output(1.1)
    assert (2, 30) == grown.output(3), "once"
    grown.grow(then, at=5)
    grown.tracker.restart()
    assert (3, 60) == grown.output(7)
    assert (3, 60) == grown.output(9)
    grown.tracker.rebuild()
    assert (3, 60) == grown.output(9)


def test_a_finished_file_of_last_week_counts_whole_at_once(tmp_path: Path) -> None:
    file = tmp_path / "projects" / "shop" / "s1.jsonl"
    write(file, [ONE])
    file.write_bytes(written([ONE, TWO]) + THREE)
    os.utime(file, ns=(MOMENT * 1_000_000, MOMENT * 1_000_000))
    with Tracker(tmp_path / "tracker.db", tmp_path / "projects", now=MOMENT + 7 * 24 * 60 * MINUTE) as tracker:
        assert counted(3, 60) == tracker.figures()


def test_a_quiet_half_line_is_looked_at_once(tmp_path: Path) -> None:
    """It is not read again every minute."""
    grown = Grown(tmp_path)
    grown.grow(TWO[:80])
    grown.output(2)
    grown.tracker.now += 5 * MINUTE
    assert 0 == grown.tracker.scan().files
