"""`claude-tracker setup hooks` next to the hooks of others, twice in a row, and undone; and the hook itself."""

from __future__ import annotations

import json
import shlex
import sys
from pathlib import Path

import pytest

from support.processes import Outcome, run_command

pytestmark = pytest.mark.server

OURS = shlex.join([sys.executable, "-m", "exporter", "hook"])
ENTRY = {"hooks": [{"type": "command", "command": OURS}]}
THEIRS = {"matcher": "", "hooks": [{"type": "command", "command": "say done"}]}


@pytest.fixture
def file(home: Path) -> Path:
    (home / ".claude").mkdir(parents=True, exist_ok=True)
    return home / ".claude" / "settings.json"


def run(*args: str) -> Outcome:
    return run_command("setup", "hooks", *args)


@pytest.mark.parametrize(
    ("before", "after", "undone"),
    [
        pytest.param(None, {"hooks": {"StopFailure": [ENTRY]}}, {}, id="absent"),
        pytest.param({}, {"hooks": {"StopFailure": [ENTRY]}}, {}, id="empty"),
        pytest.param(
            {"model": "opus", "hooks": {"Stop": [THEIRS], "StopFailure": [THEIRS]}},
            {"model": "opus", "hooks": {"Stop": [THEIRS], "StopFailure": [THEIRS, ENTRY]}},
            {"model": "opus", "hooks": {"Stop": [THEIRS], "StopFailure": [THEIRS]}},
            id="next to others",
        ),
        pytest.param(
            {"hooks": {"StopFailure": [{"hooks": [{"type": "command", "command": "/old/claude-tracker hook"}]}]}},
            {"hooks": {"StopFailure": [ENTRY]}},
            {},
            id="an older one of ours",
        ),
        pytest.param({"hooks": None}, {"hooks": {"StopFailure": [ENTRY]}}, {}, id="null"),
    ],
)
def test_setup_hooks(file: Path, before: object, after: object, undone: object) -> None:
    if before is not None:
        file.write_text(json.dumps(before))
    assert 0 == run("--yes").code
    assert after == json.loads(file.read_text())
    written = file.read_bytes()
    assert (0, f"{file} is already up to date.\n") == run("--yes")[:2]
    assert written == file.read_bytes()
    assert 0 == run("--undo", "--yes").code
    if before is None:
        assert [] == list(file.parent.iterdir()), "the file that setup made is gone"
    else:
        assert undone == json.loads(file.read_text())


@pytest.mark.parametrize("text", ['{"hooks": []}', '{"hooks": {"Stop": 1}}', "{ // mine\n}", "[]"])
def test_malformed_settings_are_left_untouched(file: Path, text: str) -> None:
    file.write_text(text)
    outcome = run("--yes")
    assert (9, text) == (outcome.code, file.read_text())
    assert f'"command": "{OURS}"' in outcome.stderr


def test_the_hook_submits_its_input_silently(tmp_path: Path) -> None:
    payload = '{"hook_event_name":"StopFailure"}'
    assert (0, "", "") == run_command("hook", "--database", tmp_path / "t.db", stdin=payload)
    (file,) = (tmp_path / "t.db.spool").iterdir()
    assert payload == file.read_text()
