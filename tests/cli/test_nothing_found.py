"""Where no transcript is found, every command that shows says so in the same words, with the folders it looked in."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from exporter.cli.main import cli
from support.transcripts import assistant, write

SENTENCE = (
    "No Claude Code transcripts found. Looked in ~/.claude/projects (does not exist) and"
    " ~/.config/claude/projects (does not exist). Start Claude Code once, or name a folder with --config-dir."
)
COMMANDS = [["status"], ["limits"], ["sessions"], ["report", "daily"], ["report", "plan"], ["report", "skills"]]


def shown(command: list[str]) -> str:
    result = CliRunner().invoke(cli, [*command, "--no-processes"] if command[0] != "limits" else command)
    assert 0 == result.exit_code, result.output
    return " ".join(result.stdout.split())


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_every_command_says_where_it_looked(home: Path, command: list[str]) -> None:
    assert 1 == shown(command).count(SENTENCE)
    write(home / ".claude" / "projects" / "-shop" / "s1.jsonl", [assistant()])
    assert "No Claude Code transcripts found" not in shown(command)
