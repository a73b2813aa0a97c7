"""`claude-tracker setup statusline` on settings files of every kind, twice in a row, and undone: byte for byte."""

from __future__ import annotations

import json
import os
import pty
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from exporter.cli.main import cli
from exporter.cli.setup import claude, settings_file
from exporter.errors import SettingsError
from support.processes import Outcome, command_line, run_command
from support.services import PROJECT

pytestmark = pytest.mark.server

OURS = shlex.join([sys.executable, "-m", "exporter", "statusline"])

NEW = f"""\
{{
  "statusLine": {{
    "type": "command",
    "command": "{OURS}",
    "padding": 0
  }}
}}
"""
FULL = """\
{
    "$schema": "https://json.schemastore.org/claude-code-settings.json",
    "model": "opus",
    "permissions": { "allow": ["Bash(ls:*)", "Read(~/é)"], "deny": [] },
    "statusLine": {
        "type": "command",
        "command": "~/.claude/line.sh --name 'x y' \\"z\\"",
        "padding": 2,
        "refreshInterval": 10
    },
    "env": {"A": "1"}
}"""
PREVIOUS = shlex.quote("~/.claude/line.sh --name 'x y' \"z\"")
FULL_AFTER = FULL.replace('"~/.claude/line.sh --name \'x y\' \\"z\\""', json.dumps(f"{OURS} --previous {PREVIOUS}"))
COMMENTED = '{\n  // mine\n  "model": "opus"\n}\n'


@pytest.fixture
def file(home: Path) -> Path:
    """The default place of Claude Code's settings."""
    return home / ".claude" / "settings.json"


def run(*args: str | Path, **environment: str) -> Outcome:
    return run_command("setup", "statusline", *args, prefix=(), cwd=None, **environment)


def put(file: Path, text: str) -> Path:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(text.encode())
    return file


def content(file: Path) -> str:
    return file.read_bytes().decode()


@pytest.mark.parametrize(
    ("before", "after", "undone"),
    [
        pytest.param(None, NEW, None, id="absent"),
        pytest.param("", NEW, "{}\n", id="empty"),
        pytest.param(FULL, FULL_AFTER, FULL, id="full"),
    ],
)
def test_setup_is_idempotent_and_can_be_undone(file: Path, before: str | None, after: str, undone: str | None) -> None:
    if before is not None:
        put(file, before)
    first = run("--yes")
    assert (0, "", after) == (first.code, first.stderr, content(file))
    assert f"+++ {file}\n" in first.stdout
    assert first.stdout.endswith(f"Wrote {file}.\n")
    stat = file.stat()
    second = run("--yes")
    assert (0, f"{file} is already up to date.\n", stat) == (second.code, second.stdout, file.stat())
    assert (0, undone) == (run("--undo", "--yes").code, content(file) if file.exists() else None)
    assert (0, f"{file} is already up to date.\n") == run("--undo", "--yes")[:2]
    assert [] == [path for path in file.parent.iterdir() if path != file] if file.parent.exists() else True


@pytest.mark.parametrize(
    ("text", "said"),
    [
        pytest.param(COMMENTED, "it is not plain JSON (", id="commented"),
        pytest.param('{\n  "model": "opus",\n}\n', "it is not plain JSON (", id="a trailing comma"),
        pytest.param("\ufeff{}", "it is not plain JSON (", id="a byte order mark"),
        pytest.param("[]", "it is not an object", id="an array"),
        pytest.param('{"statusLine": 1}', "its statusLine is not an object", id="a number for a status line"),
        pytest.param(
            '{"statusLine": {"command": "claude-tracker statusline | cut -c1-80"}}',
            "its statusLine already runs claude-tracker, in a form that setup does not write",
            id="ours, added manually",
        ),
    ],
)
def test_unusual_settings_are_left_and_the_lines_to_paste_are_shown(file: Path, text: str, said: str) -> None:
    put(file, text)
    outcome = run("--yes")
    assert (9, "", text) == (outcome.code, outcome.stdout, content(file))
    assert outcome.stderr.startswith(f"Error: {file} was not changed: {said}")
    lines = "\n".join(NEW.splitlines()[1:-1])
    assert outcome.stderr.endswith(f"\n\n{lines}\n")
    undone = run("--undo", "--yes")
    if undone.code:
        assert (9, True) == (undone.code, undone.stderr.endswith("; remove its statusLine by hand\n"))
    assert text == content(file)


def test_a_file_that_is_not_utf8_is_left_alone(file: Path) -> None:
    put(file, "").write_bytes(b'{"a": "\xff"}')
    outcome = run("--yes")
    assert (9, True) == (outcome.code, "it is not UTF-8" in outcome.stderr)


def test_a_dry_run_shows_and_writes_nothing(file: Path) -> None:
    put(file, '{\n  "model": "opus"\n}\n')
    outcome = run("--dry-run")
    assert (0, '{\n  "model": "opus"\n}\n') == (outcome.code, content(file))
    assert (
        f"""\
--- {file}
+++ {file}
@@ -1,3 +1,8 @@
 {{
-  "model": "opus"
+  "model": "opus",
+  "statusLine": {{
+    "type": "command",
+    "command": "{OURS}",
+    "padding": 0
+  }}
 }}
Dry run: nothing was written.
"""
        == outcome.stdout
    )


def test_without_a_terminal_it_prints_the_change_and_fails(file: Path) -> None:
    outcome = run()
    assert (9, False) == (outcome.code, file.exists())
    assert '+    "padding": 0\n' in outcome.stdout
    assert f"Error: nothing was written to {file}: no terminal to confirm on (use --yes)\n" == outcome.stderr


@pytest.mark.parametrize(("answer", "code", "written"), [(b"y\n", 0, True), (b"\n", 0, True), (b"n\n", 1, False)])
def test_on_a_terminal_it_asks(file: Path, answer: bytes, code: int, written: bool) -> None:
    ours, theirs = pty.openpty()
    try:
        os.write(ours, answer)
        done = subprocess.run(
            command_line("setup", "statusline"),
            stdin=theirs,
            capture_output=True,
            check=False,
            timeout=30,
            env=os.environ | {"PYTHONPATH": str(PROJECT)},
        )
    finally:
        os.close(ours)
        os.close(theirs)
    assert (code, written) == (done.returncode, file.exists()), done.stderr
    assert f"Write this to {file}? [Y/n]: ".encode() in done.stdout


def test_edits_made_meanwhile_are_kept(file: Path) -> None:
    put(file, FULL)
    run("--yes")
    put(file, content(file).replace('"opus"', '"haiku"').replace('"padding": 2', '"padding": 1'))
    assert 0 == run("--undo", "--yes").code
    assert FULL.replace('"opus"', '"haiku"').replace('"padding": 2', '"padding": 1') == content(file)


def test_a_symlink_is_kept_and_its_target_keeps_its_mode(file: Path, tmp_path: Path) -> None:
    target = put(tmp_path / "dotfiles" / "claude.json", "{}")
    target.chmod(0o640)
    file.parent.mkdir()
    file.symlink_to(target)
    assert 0 == run("--yes").code
    assert (True, 0o100640, NEW.rstrip()) == (file.is_symlink(), target.stat().st_mode, content(target))


def test_the_settings_file_that_is_edited(file: Path, home: Path, tmp_path: Path) -> None:
    first, second, third = (tmp_path / name for name in ("a", "b", "c.json"))
    assert 0 == run("--yes", CLAUDE_CONFIG_DIR=f"{first},{second}").code
    assert (NEW, False, False) == (content(first / "settings.json"), second.exists(), file.exists())
    assert 0 == run("--yes", "--settings", third).code
    assert (NEW, False) == (content(third), file.exists())
    assert 0 == run("--yes", "--settings", "~/there.json").code
    assert NEW == content(home / "there.json")


def test_a_database_is_named_unless_it_is_the_default(file: Path, home: Path, tmp_path: Path) -> None:
    default = home / ".local" / "share" / "claude-tracker" / "claude_usage.db"
    run("--yes", "--database", default)
    assert NEW == content(file)
    run("--yes", CLAUDE_TRACKER_DATABASE=str(tmp_path / "my data.db"))
    assert NEW.replace(OURS, f"{OURS} --database '{tmp_path}/my data.db'") == content(file)


def test_the_written_command_draws_the_line_and_runs_the_previous_one(file: Path, tmp_path: Path) -> None:
    put(file, json.dumps({"statusLine": {"type": "command", "command": "echo it\\'s 'mine  too'"}}))
    run("--yes", "--database", tmp_path / "t.db")
    command = json.loads(content(file))["statusLine"]["command"]
    stdin = b'{"model": {"display_name": "Opus"}}'
    environment = os.environ | {"PYTHONPATH": str(PROJECT)}
    done = subprocess.run(command, shell=True, input=stdin, capture_output=True, cwd="/", env=environment, check=False)
    assert b"it's mine  too\nOpus\n" == done.stdout
    assert 1 == len(list((tmp_path / "t.db.spool").iterdir()))


def test_a_read_only_folder_is_reported(tmp_path: Path) -> None:
    (tmp_path / "blocked").write_text("a file")
    outcome = run("--yes", "--settings", tmp_path / "blocked" / "settings.json")
    assert (9, True) == (outcome.code, f"cannot read {tmp_path}/blocked/settings.json" in outcome.stderr)


def test_a_concurrent_change_is_not_lost(tmp_path: Path) -> None:
    file = put(tmp_path / "settings.json", '{"a": 2}')
    with pytest.raises(SettingsError, match="was changed in the meantime"):
        settings_file.replace(file, b'{"a": 1}', b"{}")
    assert ('{"a": 2}', [file]) == (content(file), list(tmp_path.glob("settings*")))


def test_the_console_command_is_written_with_its_full_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert [str(tmp_path / "bin" / "claude-tracker")] == claude.own_program("bin/claude-tracker")
    assert [sys.executable, "-m", "exporter"] == claude.own_program(str(PROJECT / "exporter" / "__main__.py"))


def test_another_setup_is_unknown() -> None:
    result = CliRunner().invoke(cli, ["setup", "everything"])
    assert (2, True) == (result.exit_code, "No such command 'everything'" in result.output)


def test_a_file_that_is_not_regular_is_left_alone(tmp_path: Path) -> None:
    pipe = tmp_path / "settings.json"
    os.mkfifo(pipe)
    outcome = run("--yes", "--settings", pipe)
    assert (9, f"Error: {pipe} is not a regular file\n") == (outcome.code, outcome.stderr)
