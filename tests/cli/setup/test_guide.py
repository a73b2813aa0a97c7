"""`setup`, `service` and `uninstall`: what they change, that they ask first, and that nothing of it stays."""

from __future__ import annotations

import hashlib
import os
import pty
import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest

from support.processes import Outcome, Server, command_line, run_command, wait_until
from support.services import PROJECT
from support.transcripts import assistant, write

pytestmark = pytest.mark.server

SYSTEMCTL = """\
#!/bin/sh
# Stands for systemd: notes what it is asked, and starts and ends what the unit says.
echo "$*" >> "$HOME/../calls"
unit="$HOME/.config/systemd/user/claude-tracker.service"
case "$*" in
  *enable*) mkdir -p "$HOME/.config/systemd/user/default.target.wants"
            ln -sf "$unit" "$HOME/.config/systemd/user/default.target.wants/claude-tracker.service" ;;
  *disable*) rm -r "$HOME/.config/systemd/user/default.target.wants" ;;
  *status*) echo "active (running)"; exit "${STATUS:-0}" ;;
esac
"""


@pytest.fixture
def bin_folder(tmp_path: Path, home: Path) -> Path:
    """A folder for PATH with a systemctl of our own, so that no service of this machine is touched."""
    folder = tmp_path / "bin"
    folder.mkdir()
    for name in ("systemctl", "journalctl"):
        (folder / name).write_text(SYSTEMCTL)
        (folder / name).chmod(0o755)
    return folder


def run(folder: Path, *args: str | Path, **environment: str) -> Outcome:
    environment |= {"DBUS_SESSION_BUS_ADDRESS": "", "DISPLAY": "", "PATH": f"{folder}:{os.environ['PATH']}"}
    return run_command(*args, prefix=(), cwd=None, stdin="", **environment)


def calls(folder: Path) -> list[str]:
    file = folder.parent / "calls"
    return file.read_text().splitlines() if file.exists() else []


def tree(home: Path) -> Mapping[str, str]:
    """Every file and folder with its mode, content and target."""
    found = {}
    for path in sorted(home.rglob("*")):
        content = hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else ""
        target = os.readlink(path) if path.is_symlink() else ""
        found[str(path.relative_to(home))] = f"{path.lstat().st_mode:o} {content} {target}"
    return found


def without_data(found: Mapping[str, str]) -> Mapping[str, str]:
    return {name: one for name, one in found.items() if name.split("/")[0] != ".local"}


THEIRS = '{\n  "model": "opus",\n  "statusLine": {"type": "command", "command": "~/line.sh"}\n}\n'


@pytest.mark.parametrize("settings", [None, THEIRS])
def test_uninstall_leaves_no_difference_but_the_data(bin_folder: Path, home: Path, settings: str | None) -> None:
    write(home / ".claude" / "projects" / "-shop" / "s1.jsonl", [assistant()])
    if settings is not None:
        (home / ".claude" / "settings.json").write_text(settings)
    before = tree(home)
    done = run(bin_folder, "setup", "--yes")
    assert (0, "") == (done.code, done.stderr)
    assert "Found 1 transcript.\n" in done.stdout
    assert ["--user daemon-reload", "--user enable --now claude-tracker.service"] == calls(bin_folder)
    assert (
        "claude-tracker" in (home / ".claude" / "settings.json").read_text()
        or "-m exporter" in (home / ".claude" / "settings.json").read_text()
    )
    assert (home / ".config" / "systemd" / "user" / "claude-tracker.service").exists()
    again = run(bin_folder, "setup", "--yes")
    assert (0, 4) == (again.code, again.stdout.count("already up to date"))
    undone = run(bin_folder, "uninstall", "--yes")
    assert (0, "") == (undone.code, undone.stderr)
    assert without_data(before) == without_data(tree(home))


def test_dry_runs_change_nothing(bin_folder: Path, home: Path) -> None:
    (home / ".claude").mkdir(exist_ok=True)
    before = tree(home)
    for command in (["setup"], ["setup", "service"], ["service", "install"], ["uninstall"], ["uninstall", "--data"]):
        done = run(bin_folder, *command, "--dry-run")
        assert (0, "", before) == (done.code, done.stderr, tree(home)), command
    assert [] == calls(bin_folder)
    assert 0 == run(bin_folder, "setup", "--yes").code
    installed = tree(home)
    for command in (["setup", "statusline", "--undo"], ["service", "uninstall"], ["uninstall", "--data"]):
        assert (0, installed) == (run(bin_folder, *command, "--dry-run").code, tree(home)), command


def test_without_a_terminal_or_yes_nothing_is_written(bin_folder: Path, home: Path) -> None:
    before = tree(home)
    done = run(bin_folder, "setup")
    assert (9, before) == (done.code, tree(home))
    assert f"nothing was written to {home}/.claude/settings.json: no terminal to confirm on (use --yes)" in done.stderr


def test_each_step_can_be_skipped(bin_folder: Path, home: Path) -> None:
    before = tree(home)
    said = on_terminal(bin_folder, ["setup"], "n\n" * 5)
    assert 5 == said.count("Skipped.")
    assert before == tree(home)


def on_terminal(folder: Path, args: list[str], typed: str) -> str:
    """What a command says on a terminal where this is typed."""
    main, end = pty.openpty()
    environment = os.environ | {"PYTHONPATH": str(PROJECT), "PATH": f"{folder}:{os.environ['PATH']}"}
    with subprocess.Popen(command_line(*args), env=environment, stdin=end, stdout=subprocess.PIPE, text=True) as popen:
        os.close(end)
        os.write(main, typed.encode())
        said = popen.communicate(timeout=60)[0]
    os.close(main)
    assert 0 == popen.returncode
    return said


def test_a_system_without_systemd_is_said(tmp_path: Path, home: Path) -> None:
    done = run_command("service", "install", "--yes", PATH=str(tmp_path))
    assert (14, True) == (done.code, "there is no systemctl here" in done.stderr)
    assert not (home / ".config" / "systemd").exists()


def test_the_service_is_asked_by_the_platforms_own_command(bin_folder: Path, home: Path) -> None:
    missing = run(bin_folder, "service", "status")
    advice = "the service is not installed: run `claude-tracker service install`"
    assert (14, True) == (missing.code, advice in missing.stderr)
    assert 0 == run(bin_folder, "service", "install", "--yes", "--listen", "3102").code
    unit = (home / ".config" / "systemd" / "user" / "claude-tracker.service").read_text()
    assert '"run" "--listen" "127.0.0.1:3102"' in unit
    assert "active (running)" in run(bin_folder, "service", "status").stdout
    for what in ("start", "stop", "restart", "logs"):
        assert 0 == run(bin_folder, "service", what).code
    asked = [call.replace("--user ", "") for call in calls(bin_folder)]
    assert [
        "start claude-tracker.service",
        "stop claude-tracker.service",
        "restart claude-tracker.service",
        "--unit claude-tracker.service --lines 200 --no-pager",
    ] == asked[-4:]
    failed = run(bin_folder, "service", "status", STATUS="3")
    assert (14, True) == (failed.code, "failed (exit code 3)" in failed.stderr)


def test_installing_the_service_ends_a_tracker_that_runs_by_hand(bin_folder: Path, home: Path, tmp_path: Path) -> None:
    write(home / ".claude" / "projects" / "-shop" / "s1.jsonl", [assistant()])
    with Server(tmp_path) as server:
        server.wait_ready()
        done = run(bin_folder, "service", "install", "--yes", "--database", server.database)
        assert (0, True) == (done.code, f"(pid {server.pid}): the service takes its place" in done.stdout)
        wait_until(lambda: server.has_ended, "it has ended")


def test_uninstall_with_the_data(bin_folder: Path, home: Path) -> None:
    write(home / ".claude" / "projects" / "-shop" / "s1.jsonl", [assistant()])
    before = tree(home)
    assert 0 == run_command("ingest").code
    assert 0 == run(bin_folder, "setup", "--yes").code
    done = run(bin_folder, "uninstall", "--data", "--yes")
    assert (0, "") == (done.code, done.stderr)
    left = tree(home).keys() - before.keys()
    assert {name for name in left if not (home / name).is_dir()} == set()


def test_the_data_of_a_running_tracker_stays(bin_folder: Path, home: Path, tmp_path: Path) -> None:
    write(home / ".claude" / "projects" / "-shop" / "s1.jsonl", [assistant()])
    with Server(tmp_path) as server:
        server.wait_ready()
        done = run(bin_folder, "uninstall", "--data", "--yes", "--database", server.database)
        assert (3, True) == (done.code, server.database.exists())
        assert "run `claude-tracker stop` first" in done.stderr
