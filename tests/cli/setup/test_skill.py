"""`setup skill` and `describe`: what a program is shown is there, and only reads."""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from exporter.cli.help import SECTIONS
from exporter.cli.main import cli
from exporter.cli.setup.skill import QUESTIONS, skill_text
from support.databases import ingest
from support.processes import Outcome
from support.transcripts import assistant, prompt, write


@pytest.fixture
def home(home: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """With a transcript and a database."""
    write(home / ".claude" / "projects" / "-shop" / "s1.jsonl", [prompt(), assistant()])
    ingest()
    return home


def run(*words: str) -> Outcome:
    result = CliRunner().invoke(cli, list(words))
    return Outcome(result.exit_code, result.stdout, result.stderr)


def description() -> dict[str, Any]:
    done = run("describe")
    assert 0 == done.code, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


@pytest.mark.parametrize(("command", "where"), [(command, where) for _, command, where in QUESTIONS])
def test_each_answer_is_where_it_is_said_to_be(home: Path, command: str, where: str) -> None:
    """And asking changes nothing in Claude's folder."""
    before = {path: path.read_bytes() for path in (home / ".claude").rglob("*") if path.is_file()}
    done = run(*shlex.split(command))
    assert done.code in (0, 1), done.stderr
    found = json.loads(done.stdout)
    for name in where.split(", "):
        value: Any = found
        for key in name.removesuffix("[]").split("."):
            value = value[key]
        assert isinstance(value, list) == name.endswith("[]")
    assert before == {path: path.read_bytes() for path in (home / ".claude").rglob("*") if path.is_file()}


def test_the_skill_may_only_run_commands_that_read() -> None:
    text = skill_text("/opt/bin/claude-tracker")
    head = text.split("---\n")[1]
    assert "name: claude-tracker\n" in head
    reads = {f"{one['name']} --json" for one in description()["commands"] if one["only_reads"]}
    allowed = re.findall(r"Bash\(/opt/bin/claude-tracker ([a-z -]+):\*\)", head)
    assert ["status --json", "limits --json", "report daily --json", "sessions --json", "doctor --json"] == allowed
    assert {one.replace(" daily", "") for one in allowed} <= reads


def test_it_is_written_shown_first_and_removed(home: Path) -> None:
    file = home / ".claude" / "skills" / "claude-tracker" / "SKILL.md"
    shown = run("setup", "skill", "--dry-run")
    assert (0, True, False) == (shown.code, "+name: claude-tracker" in shown.stdout, file.exists())
    assert 0 == run("setup", "skill", "--yes").code
    assert "`" + "claude-tracker" not in file.read_text().split("---")[0]
    assert "verdict.sentence" in file.read_text()
    assert "already up to date" in run("setup", "skill", "--yes").stdout
    assert 0 == run("setup", "skill", "--undo", "--yes").code
    assert not (home / ".claude" / "skills").exists()
    assert "already up to date" in run("setup", "skill", "--undo", "--yes").stdout


def test_skills_of_others_stay(home: Path) -> None:
    other = home / ".claude" / "skills" / "mine" / "SKILL.md"
    other.parent.mkdir(parents=True)
    other.write_text("mine")
    run("setup", "skill", "--yes")
    run("setup", "skill", "--undo", "--yes")
    assert ["mine"] == [path.name for path in (home / ".claude" / "skills").iterdir()]
    assert "mine" == other.read_text()


def test_every_command_is_described_with_its_options(home: Path) -> None:
    found = {one["name"]: one for one in description()["commands"]}
    assert {name for section in SECTIONS.values() for name in section} == found.keys()
    listen = next(one for one in found["run"]["options"] if "--listen" in one["flags"])
    assert (True, "127.0.0.1:3001", "CLAUDE_TRACKER_LISTEN") == (
        listen["takes_value"], listen["default"], listen["variable"],
    )  # fmt: skip
    assert ["edit", "get", "list", "schema", "set", "unset"] == found["config"]["parts"]
    assert [] == [name for name, one in found.items() if not one["summary"] or (not one["help"] and name not in _BARE)]


_BARE = {"hook", "statusline"}
"""Without help: Claude Code calls them."""


def test_each_step_of_the_setup_exists_and_asks_nobody(home: Path) -> None:
    for step in description()["setup"]:
        for line in (step["command"], step["undo"]):
            words = line.split()[1:]
            name = words[0] if words[0] not in ("setup", "service") or words[1].startswith("-") else " ".join(words[:2])
            assert 0 == run(*name.split(), "--help").code, line
            assert "--yes" in words or words[0] in ("run", "stop")


def test_the_addresses_are_those_of_the_server(home: Path) -> None:
    server = description()["server"]
    assert {"/openapi.json", "/metrics", "/api/analytics/current", "/-/ready"} == {
        server[key] for key in ("api_description", "metrics", "current", "ready")
    }
