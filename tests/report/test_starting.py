"""What a tracker says when it starts: at 80 columns, in a pipe, with nothing found, and a second time."""

from __future__ import annotations

from datetime import UTC

import pytest

from exporter.domain.calendar.timestamp import DAY, parse
from exporter.report.starting import Found, nothing_found, running_line, start_lines

SINCE = parse("2026-09-27T08:00:00Z")
FOUND = Found(169, 9_714, 564_640_000_000, True, SINCE, 0.46, None)
ADDRESS, DATABASE, SETUP = "http://127.0.0.1:3001/", "~/.local/share/claude-tracker/claude_usage.db", "./start.sh setup"
SENTENCE = "Lasts until the reset at 1:00 PM: about 74 % used by then"


def lines(found: Found, width: int | None) -> list[str]:
    return start_lines(found, ADDRESS, DATABASE, SETUP, width, UTC)


def test_on_a_terminal_of_80_columns() -> None:
    assert [
        "Read 169 transcripts: 9,714 responses, $564.64 since 27 Sep 2026           0.5 s",
        "Dashboard   http://127.0.0.1:3001/                                  Ctrl-C stops",
        "Limits      not known yet: run `./start.sh setup`",
        "Data        ~/.local/share/claude-tracker/claude_usage.db",
    ] == lines(FOUND, 80)
    assert {80} == {len(line) for line in lines(FOUND, 200)[:2]}


def test_in_a_pipe_and_on_a_narrow_terminal() -> None:
    assert [
        "Read 169 transcripts: 9,714 responses, $564.64 since 27 Sep 2026  0.5 s",
        "Dashboard   http://127.0.0.1:3001/",
        "Limits      not known yet: run `./start.sh setup`",
        "Data        ~/.local/share/claude-tracker/claude_usage.db",
    ] == lines(FOUND, None)
    assert [
        "Read 169 transcripts: 9,714 responses, $564.64 since 27 Sep 2026",
        "Dashboard   http://127.0.0.1:3001/  Ctrl-C stops",
    ] == lines(FOUND, 48)[:2]


def test_limits_that_are_known_and_tokens_without_a_price() -> None:
    found = FOUND._replace(limits=SENTENCE, is_priced=False, transcripts=1, responses=1, cost=0)
    assert [
        "Read 1 transcript: 1 response, $0.00 + ? since 27 Sep 2026  0.5 s",
        f"Limits      {SENTENCE}",
    ] == lines(found, None)[::2]


@pytest.mark.parametrize(
    ("folders", "said"),
    [
        (
            [("~/.claude/projects", False), ("~/.config/claude/projects", False)],
            "No Claude Code transcripts found. Looked in ~/.claude/projects (does not exist) and "
            "~/.config/claude/projects (does not exist). Start Claude Code once, or name a folder with --config-dir.",
        ),
        (
            [("~/a\x1b[31m/projects", True)],
            "No Claude Code transcripts found. Looked in ~/a\\x1b[31m/projects (empty). "
            "Start Claude Code once, or name a folder with --config-dir.",
        ),
    ],
)
def test_nothing_found(folders: list[tuple[str, bool]], said: str) -> None:
    assert said == nothing_found(folders)
    missing = Found(0, 0, 0, True, None, 0.1, None, missing=said)
    assert f"{said}  0.1 s" == lines(missing, None)[0]


def test_a_second_start() -> None:
    now = SINCE or 0
    said = "claude-tracker is running: http://127.0.0.1:3001/ (pid 16121, since {}). Stop it with `./start.sh stop`."
    stop = "./start.sh stop"
    assert said.format("08:00") == running_line(ADDRESS, 16_121, now, stop, now + 60_000, UTC)
    assert said.format("27 Sep 2026, 08:00") == running_line(ADDRESS, 16_121, now, stop, now + DAY, UTC)
