"""Commands that show change nothing: what is mistyped is an error, and no file or folder appears."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from exporter.cli.main import cli
from support.databases import assert_one_line, ingest
from support.processes import Outcome, Server, run_command
from support.transcripts import assistant, write

pytestmark = pytest.mark.server

SHOWING = {
    "status": ("status", "--json"),
    "sessions": ("sessions", "--all"),
    "sessions show": ("sessions", "show", "s1"),
    "limits": ("limits", "--history"),
    "report": ("report", "daily"),
    "dashboard": ("dashboard", "--output", "page.html"),
    "backfill": ("backfill", "--output", "-"),
    "backfill --check": ("backfill", "--check"),
    "sync": ("sync", "--dry-run"),
}
WITHOUT_FOLDERS = {"backfill", "backfill --check"}
"""They have no --config-dir."""


@pytest.fixture
def claude(tmp_path: Path) -> Path:
    write(tmp_path / "claude" / "projects" / "p" / "s1.jsonl", [assistant()])
    return tmp_path / "claude"


def disk(folder: Path) -> dict[str, tuple[int, bytes]]:
    """Everything below a folder, but what a running tracker writes."""
    return {
        str(path.relative_to(folder)): (path.lstat().st_mode, path.read_bytes() if path.is_file() else b"")
        for path in sorted(folder.rglob("*"))
        if not path.relative_to(folder).parts[0].startswith(("tracker.db", "run.log")) and "state" not in path.parts
    }


@pytest.mark.parametrize("name", SHOWING)
@pytest.mark.parametrize("mistyped", ["x.db", "nope/x.db", "deep/er/x.db", "file/x.db", "empty.db"])
def test_a_mistyped_database(
    tmp_path: Path, claude: Path, monkeypatch: pytest.MonkeyPatch, name: str, mistyped: str
) -> None:
    monkeypatch.chdir(tmp_path)
    for made in ("file", "empty.db"):
        (tmp_path / made).touch()
    folders = () if name in WITHOUT_FOLDERS else ("--config-dir", claude)
    before = disk(tmp_path)
    arguments = [*SHOWING[name], "--database", tmp_path / mistyped, *folders]
    result = CliRunner().invoke(cli, list(map(str, arguments)))
    outcome = Outcome(result.exit_code, result.stdout, result.stderr)
    assert_one_line(outcome, 4)
    assert str(tmp_path / mistyped) in outcome.stderr
    assert before == disk(tmp_path)


def test_a_database_named_by_the_environment_has_to_exist(tmp_path: Path) -> None:
    before = disk(tmp_path)
    outcome = run_command("status", cwd=tmp_path, CLAUDE_TRACKER_DATABASE=str(tmp_path / "x.db"))
    assert_one_line(outcome, 4)
    assert before == disk(tmp_path)


def test_the_default_database_is_made(tmp_path: Path, claude: Path) -> None:
    """Its name cannot be mistyped, and the first command shows something."""
    outcome = run_command("report", "models", "--config-dir", claude, "--no-processes", cwd=tmp_path)
    assert (0, True) == (outcome.code, "claude-opus-4-5" in outcome.stdout)


@pytest.mark.parametrize("runs", [False, True], ids=["alone", "with a tracker"])
def test_a_mistyped_folder(tmp_path: Path, claude: Path, runs: bool) -> None:
    ingest("--database", tmp_path / "tracker.db", "--config-dir", claude)
    (tmp_path / "file").touch()

    def check() -> None:
        before = disk(tmp_path)
        for name in SHOWING.keys() - WITHOUT_FOLDERS:
            for mistyped, code in (("nope", 8), ("claude/nope", 8), ("file", 2)):
                options = ("--database", tmp_path / "tracker.db", "--config-dir", tmp_path / mistyped)
                outcome = run_command(*SHOWING[name], *options, cwd=tmp_path)
                assert (code, "", name) == (outcome.code, outcome.stdout, name)
                assert "nope" in outcome.stderr or "file" in outcome.stderr
        assert before == disk(tmp_path)

    if not runs:
        check()
        return
    with Server(tmp_path, "--config-dir", claude) as server:
        server.wait_ready()
        check()


def test_a_mistyped_folder_leaves_no_data_folder(tmp_path: Path) -> None:
    """Also with the default database, which would be made."""
    before = disk(tmp_path)
    outcome = run_command("status", "--config-dir", tmp_path / "nope", cwd=tmp_path)
    assert_one_line(outcome, 8)
    assert before == disk(tmp_path)


def test_serve_makes_no_folder(tmp_path: Path) -> None:
    before = disk(tmp_path)
    outcome = run_command("serve", "--database", tmp_path / "nope" / "x.db", cwd=tmp_path)
    assert_one_line(outcome, 4)
    assert before == disk(tmp_path)


MISTYPED = {
    "dashboard": (("dashboard", "--output", "nope/page.html"), 2, "there is no folder nope"),
    "backfill": (("backfill", "--output", "nope/history.om"), 2, "there is no folder nope"),
    "backfill --load": (
        ("backfill", "--load", "prometheus", "--data", "nope", "--dry-run"),
        10,
        "folder nope does not",
    ),
    "sync": (("sync", "--dry-run", "--netlify-site", "a", "--netlify-token-file", "nope"), 2, "No such file"),
    "report": (("report", "daily", "--since", "2026-13-01"), 2, "2026-13-01"),
    "status": (("status", "--timezone", "Nope"), 2, "Nope"),
}


@pytest.mark.parametrize("name", MISTYPED)
def test_another_mistyped_argument(tmp_path: Path, claude: Path, name: str) -> None:
    arguments, code, said = MISTYPED[name]
    ingest("--database", tmp_path / "tracker.db", "--config-dir", claude)
    before = sorted(path.name for path in tmp_path.rglob("*"))
    outcome = run_command(*arguments, "--database", tmp_path / "tracker.db", cwd=tmp_path)
    assert_one_line(outcome, code)
    assert said in outcome.stderr
    found = sorted(path.name for path in tmp_path.rglob("*") if not path.name.endswith(("-wal", "-shm")))
    assert before == found


def test_rebuild_makes_no_database_either(tmp_path: Path, claude: Path) -> None:
    before = disk(tmp_path)
    outcome = run_command("rebuild", "--database", tmp_path / "nope" / "x.db", "--config-dir", claude)
    assert_one_line(outcome, 4)
    assert before == disk(tmp_path)
