"""The skill for Claude Code: it answers how much of the limits is left, and only reads."""

from __future__ import annotations

import shlex
import sys
from pathlib import Path

from exporter.cli.names import NAME
from exporter.cli.output import say
from exporter.cli.setup import settings_file
from exporter.cli.setup.claude import own_program
from exporter.cli.setup.prompts import is_to_be_written
from exporter.cli.setup.record import Record

QUESTIONS = (
    ("how much is left, will it last", "status --json", "verdict.sentence, accounts[]"),
    ("block, today, week, month, active sessions", "status --json", "block, today, week, month, sessions"),
    ("every window: used, reset, forecast", "limits --json", "items[]"),
    ("cost and tokens by day, model or project", "report daily --json", "items[], totals"),
    ("which session waits, what a session cost", "sessions --json", "items[]"),
    ("something does not work", "doctor --json", "checks[]"),
)
"""What is asked, the command that answers, and where in its JSON the answer is."""


DESCRIPTION = (
    "Answers how much of the Claude usage limits is left, whether it lasts until the reset, what was used and what it "
    "cost. Use it when the user asks about limits, usage, tokens, cost or running sessions."
)


def skill_file(settings: Path) -> Path:
    """Next to Claude Code's settings."""
    return settings.parent / "skills" / NAME / "SKILL.md"


def skill_text(program: str) -> str:
    """The skill. `program`: the command that runs this program."""
    commands = list(dict.fromkeys(command for _, command, _ in QUESTIONS))
    allowed = ", ".join(f"Bash({program} {command}:*)" for command in commands)
    rows = "\n".join(f"| {question} | `{program} {command}` | {where} |" for question, command, where in QUESTIONS)
    return f"""---
name: {NAME}
description: {DESCRIPTION}
allowed-tools: {allowed}
---

# Usage and limits of Claude

{NAME} counts every response on this machine, and keeps what Claude's service said last about the limits.
These commands only read; they print JSON and ask no network.

| question | command | where the answer is |
| --- | --- | --- |
{rows}

- Answer first with `verdict.sentence`; then, if asked, the windows: `utilization_ratio` (0 to 1) and `resets_at`
  (UTC; say it in local time).
- Say the age of a reading: `observed_at`. `basis: estimated` means an estimate; say so. `null` means not known.
- Costs are estimates by list price, not a bill.
- Run no other command of {NAME} and change nothing, unless the user asks: `{program} describe` lists them.
"""


def change(settings: Path, record: Record, *, undo: bool, dry_run: bool, yes: bool) -> bool:
    """Write the skill, or remove it, after showing it and asking. Returns whether it is done. Raises SettingsError."""
    file = skill_file(settings)
    before = settings_file.read(file)
    after = "" if undo else skill_text(shlex.join(own_program(sys.argv[0])))
    wanted = is_to_be_written(file, before.decode("utf-8", "replace"), after, dry_run=dry_run, yes=yes)
    if not wanted:
        return wanted is None
    if undo:
        file.unlink()
        record.forget(file)
        say(f"Removed {file}.")
        return True
    record.make_folder(file.parent, 0o700)
    settings_file.replace(file, before, after.encode())
    record.add(file)
    say(f"Wrote {file}. Claude Code knows it from its next start on.")
    return True
