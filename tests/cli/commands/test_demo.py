"""`claude-tracker demo`: its figures, folder and end. Ten days in half a minute are in dashboards/test_demo.py."""

from __future__ import annotations

import json
import os
import signal
from pathlib import Path

import pytest

from exporter.cli.wiring.demo import Place, make_folder
from exporter.errors import FolderError
from support.demo import Demo
from support.homes import empty_home
from support.processes import run_command, wait_until

pytestmark = pytest.mark.server

QUIET = ["--days=12", "--at=2026-11-22T14:30"]
"""A small one, which always begins at the same time."""


def test_the_same_seed_gives_the_same_figures(tmp_path: Path) -> None:
    with Demo(tmp_path, *QUIET, "--seed=3") as demo:
        wait_until(lambda: "In another terminal" in demo.said, "the demo is introduced", 60)
        assert 0 == demo.run("status").code
        assert "2026-11-21" in demo.run("report", "daily").stdout
        found = demo.run("report", "models", "--until=2026-11-21", "--json")
        assert 0 == found.code, found.stderr
        totals = json.loads(found.stdout)["totals"]
        assert (5_746, 327_158_679) == (totals["responses"], totals["tokens"]["total"])
        stopped = demo.run("stop")
        assert (0, 0) == (stopped.code, demo.wait())
        assert not demo.folder.exists(), "it tidies up"


def test_it_sees_nothing_of_the_users(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home = empty_home(tmp_path / "home", monkeypatch)
    monkeypatch.setenv("CLAUDE_TRACKER_NETLIFY_SITE", "mine")
    monkeypatch.setenv("CLAUDE_TRACKER_DATABASE", str(home / "mine.db"))
    found = Place(tmp_path / "demo").environment(os.environ)
    ours = {key: value for key, value in found.items() if value != os.environ.get(key)}
    assert {"HOME", "CLAUDE_CONFIG_DIR", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "APPDATA"} <= ours.keys()
    assert all(str(tmp_path / "demo") in value for value in ours.values())
    assert "CLAUDE_TRACKER_NETLIFY_SITE" not in found


def test_a_signal_ends_everything(tmp_path: Path) -> None:
    with Demo(tmp_path, *QUIET) as demo:
        demo.wait_ready()
        children = demo.children(recursive=True)
        code, _ = demo.stop(signal.SIGINT)
        assert 0 == code, demo.said
        assert children
        wait_until(lambda: not any(Path(f"/proc/{pid}").exists() for pid in children), "no process is left")
        assert not demo.folder.exists()


def test_a_second_demo_names_the_first(tmp_path: Path) -> None:
    with Demo(tmp_path, *QUIET) as demo:
        demo.wait_ready()
        second = run_command("demo", f"--folder={demo.folder}")
        assert 3 == second.code
        assert f"a demo runs already: http://127.0.0.1:{demo.port}/; stop it with" in second.stderr
        assert demo.folder.exists()


@pytest.mark.parametrize(
    ("options", "code", "message"),
    [
        (["--at=2100-01-01T00:00"], 2, "--at is in the future"),
        (["--at=yesterday"], 2, "'yesterday' is not a time; use YYYY-MM-DDTHH:MM"),
        (["status"], 8, "no demo runs in"),
    ],
)
def test_what_cannot_be(tmp_path: Path, options: list[str], code: int, message: str) -> None:
    done = run_command("demo", f"--folder={tmp_path / 'none'}", *options)
    assert code == done.code
    assert message in done.stderr
    assert not (tmp_path / "none").exists()


def test_a_folder_of_somebody_else_stays(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("mine")
    with pytest.raises(FolderError, match="is not empty and no demo's"):
        make_folder(tmp_path)
    link = tmp_path.parent / "link"
    link.symlink_to(tmp_path)
    with pytest.raises(FolderError, match="no demo's"):
        make_folder(link)
    assert "mine" == (tmp_path / "thesis.txt").read_text()


def test_a_port_in_use_ends_it_with_a_line(tmp_path: Path) -> None:
    with Demo(tmp_path, *QUIET) as first:
        first.wait_ready()
        second = run_command("demo", f"--port={first.port}", f"--folder={tmp_path / 'second'}", *QUIET)
        assert (1, True) == (second.code, "in use" in second.stderr), second.stderr


def test_what_a_killed_demo_left_is_replaced(tmp_path: Path) -> None:
    made = make_folder(tmp_path / "demo")
    (made.folder / "half").write_text("written")
    assert made == make_folder(tmp_path / "demo")
    assert not (made.folder / "half").exists()


def test_a_signal_while_the_history_is_made_leaves_nothing(tmp_path: Path) -> None:
    with Demo(tmp_path, "--days=365") as demo:
        wait_until((demo.folder / "config.toml").exists, "it has begun")
        code, _ = demo.stop()
        assert (0, False) == (code, demo.folder.exists())
