"""The installed client is asked: stand-ins answer, or do not; each time in time, and nothing of theirs is left."""

from __future__ import annotations

import json
import os
import tempfile
from datetime import UTC
from pathlib import Path

import pytest

from exporter.domain.accounts import Origin
from exporter.domain.calendar.timestamp import DAY, HOUR
from exporter.domain.limits.asking import FOLDER_PREFIX
from exporter.domain.limits.reading import Reading, ReportedReading
from exporter.errors import ClientError
from exporter.sources.limits.client import ARGUMENTS, ask
from exporter.sources.limits.parsing import parse_spooled
from support.client_stand_in import install, path_with
from support.processes import runs, wait_until
from support.snapshots import NOON


@pytest.fixture(autouse=True)
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where temporary folders are made."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    return folder


def test_it_answers_with_its_limits(tmp_path: Path, temporary: Path) -> None:
    noted = install(tmp_path / "bin", "answers")
    content = ask(path_with(tmp_path / "bin"), tmp_path / "claude")
    found = parse_spooled(content, NOON, UTC)
    origin = Origin(folder=str(tmp_path / "claude"))
    reset = NOON + 4 * DAY
    assert [
        ReportedReading(Reading("five_hour", "usage", NOON, 0.42, NOON + 3 * HOUR), origin),
        ReportedReading(Reading("seven_day", "usage", NOON, 0.31, reset), origin),
        ReportedReading(Reading("seven_day_opus", "usage", NOON, 0.12, reset), origin),
    ] == found.readings
    cwd, files, arguments, _, folder, typed, _ = json.loads(noted.read_text())
    assert (temporary, True, []) == (Path(cwd).parent, Path(cwd).name.startswith(FOLDER_PREFIX), files)
    assert (list(ARGUMENTS), str(tmp_path / "claude"), "") == (arguments, folder, typed)
    assert b"session" not in content.replace(b'"kind":"session"', b""), "nothing else of its answer is kept"


@pytest.mark.parametrize(
    ("program", "problem"),
    [
        ("answers nothing", "cannot ask for the limits: `claude` answered nothing; update Claude Code"),
        ("fails", "cannot ask for the limits: `claude` failed with exit code 3: no \\x1b[31mnetwork"),
        (
            "asks to log in",
            "cannot ask for the limits: Claude Code is not logged in; run `claude` once and log in",
        ),
        ("answers for ever", "cannot ask for the limits: `claude` did not answer within 1 s"),
        ("ignores signals, and so does its child", "cannot ask for the limits: `claude` did not answer within 1 s"),
        ("answers too much", "cannot ask for the limits: `claude` answered more than 4 MB"),
        (
            "answers without the report",
            "`claude` answered without its limits: they belong to a subscription, and older versions do not report"
            " them; log in with one, or update Claude Code",
        ),
        (
            "answers with an empty report",
            "`claude` answered without its limits: they belong to a subscription, and older versions do not report"
            " them; log in with one, or update Claude Code",
        ),
    ],
)
def test_what_it_does_instead_is_said_plainly(tmp_path: Path, temporary: Path, program: str, problem: str) -> None:
    noted = install(tmp_path / "bin", program)
    seconds = 1.0 if "within 1 s" in problem else 20.0
    with pytest.raises(ClientError) as raised:
        ask(path_with(tmp_path / "bin"), None, seconds)
    assert problem == str(raised.value)
    pid = json.loads(noted.read_text())[3]
    wait_until(lambda: not runs(pid), "it has ended")
    assert [] == os.listdir(temporary), "its folder is gone"


def test_it_always_runs_in_the_same_folder_which_is_empty(tmp_path: Path, temporary: Path) -> None:
    """It keeps an entry in `.claude.json` for each folder that it ran in."""
    folders = set()
    for _ in range(2):
        noted = install(tmp_path / "bin", "answers")
        ask(path_with(tmp_path / "bin"), name="shop")
        cwd, files, *_ = json.loads(noted.read_text())
        folders.add(cwd)
        assert ([], []) == (files, os.listdir(temporary))
        left = temporary / f"{FOLDER_PREFIX}shop" / "of a tracker that was killed"
        left.mkdir(parents=True)
    assert {str(temporary / f"{FOLDER_PREFIX}shop")} == folders


def test_a_folder_that_is_not_ours_is_not_used(tmp_path: Path, temporary: Path) -> None:
    noted = install(tmp_path / "bin", "answers")
    (other := tmp_path / "other").mkdir()
    (other / "kept").touch()
    (temporary / f"{FOLDER_PREFIX}shop").symlink_to(other)
    with pytest.raises(ClientError, match="claude-tracker-asks-shop: a symbolic link; remove it"):
        ask(path_with(tmp_path / "bin"), name="shop")
    assert (["kept"], False) == (os.listdir(other), noted.exists())


def test_it_gets_nothing_of_a_session_around_it_and_no_secrets_of_ours(tmp_path: Path) -> None:
    noted = install(tmp_path / "bin", "answers")
    around = {"CLAUDECODE": "1", "CLAUDE_CODE_ENTRYPOINT": "cli", "CLAUDE_TRACKER_TOKEN": "secret", "NO_PROXY": "*"}
    ask(path_with(tmp_path / "bin") | around)
    names = json.loads(noted.read_text())[6]
    assert [] == [name for name in names if name.startswith(("CLAUDECODE", "CLAUDE_CODE", "CLAUDE_TRACKER"))]
    assert "NO_PROXY" in names


@pytest.mark.parametrize("program", ["answers and leaves a child", "ignores signals, and so does its child"])
def test_nothing_that_it_started_is_left(tmp_path: Path, program: str) -> None:
    noted = install(tmp_path / "bin", program)
    try:
        ask(path_with(tmp_path / "bin"), None, 2.0)
    except ClientError:
        assert "signals" in program
    group = json.loads(noted.read_text())[3]

    def is_gone() -> bool:
        try:
            os.killpg(group, 0)
        except ProcessLookupError:
            return True
        return False

    wait_until(is_gone, "its whole process group has ended")


def test_without_a_client_it_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(ClientError, match="there is no `claude` on PATH; install Claude Code, or turn on the status"):
        ask({"PATH": str(tmp_path)})


def test_a_client_that_does_not_start(tmp_path: Path) -> None:
    install(tmp_path / "bin", "answers")
    (tmp_path / "bin" / "claude").write_text("#!/no/such/interpreter\n")
    with pytest.raises(ClientError, match=r"claude does not start: "):
        ask(path_with(tmp_path / "bin"))
