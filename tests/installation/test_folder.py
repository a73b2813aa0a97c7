"""The folder of an installation: which version is in use, what is removed, and the link to the command."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from exporter.errors import InstallationError
from exporter.installation.folder import AppFolder, Copy, State, app_folder_of, check_link, link_command


@pytest.fixture
def app(tmp_path: Path) -> AppFolder:
    path = tmp_path / "claude-tracker" / "app"
    for name in ("0.8.0-1", "0.9.0-1", "1.0.0-1", "1.0.0-2"):
        (path / name / "bin").mkdir(parents=True)
    return AppFolder(path)


def test_nothing_is_in_use_at_first(app: AppFolder) -> None:
    assert State(None, None, []) == app.state()


def test_a_change_is_what_is_in_use_afterwards(app: AppFolder) -> None:
    state = State(app.path / "1.0.0-1", app.path / "0.9.0-1", [Copy("/t.db", "/t.db.before-1.0.0")])
    app.change(state)
    assert state == app.state()
    assert ("1.0.0-1", "0.9.0-1") == (os.readlink(app.path / "current"), os.readlink(app.path / "previous"))
    back = State(app.path / "0.9.0-1", None, [])
    app.change(back)
    assert back == app.state()
    assert not os.path.lexists(app.path / "previous")


def test_a_version_that_was_removed_is_not_in_use(app: AppFolder) -> None:
    app.change(State(app.path / "1.0.0-1", app.path / "0.1.0-1", []))
    assert None is app.state().previous


def test_only_two_versions_are_kept(app: AppFolder) -> None:
    (app.path / "tracker.log").write_text("")
    (app.path / "mine").mkdir()
    app.change(State(app.path / "1.0.0-2", app.path / "0.9.0-1", []))
    app.remove_others()
    assert ["0.9.0-1", "1.0.0-2", "current", "mine", "previous", "tracker.log", "update.json"] == (
        sorted(path.name for path in app.path.iterdir())
    )


def test_a_damaged_note_of_the_copies_is_named(app: AppFolder) -> None:
    (app.path / "update.json").write_text("{")
    with pytest.raises(InstallationError, match=rf"cannot read {app.path}/update.json: .*; nothing was changed"):
        app.state()


@pytest.mark.parametrize(
    ("prefix", "app_folder"),
    [
        ("/home/ada/.local/share/claude-tracker/app/1.0.0-1", "/home/ada/.local/share/claude-tracker/app"),
        ("/srv/app/1.0.0rc1-12", "/srv/app"),
        ("/srv/app/venv", None),
        ("/srv/1.0.0-1", None),
        ("/usr", None),
    ],
)
def test_the_folder_is_found_from_the_environment_that_runs(prefix: str, app_folder: str | None) -> None:
    assert (AppFolder(Path(app_folder)) if app_folder else None) == app_folder_of(Path(prefix))


def test_the_command_is_linked_once_by_a_path_that_stays(app: AppFolder, tmp_path: Path) -> None:
    link = link_command(app, tmp_path / "bin")
    assert tmp_path / "bin" / "claude-tracker" == link
    assert f"{app.path}/current/bin/claude-tracker" == os.readlink(link)
    assert link == link_command(app, tmp_path / "bin")


@pytest.mark.parametrize("is_link", [True, False])
def test_another_program_in_its_place_is_left_alone(app: AppFolder, tmp_path: Path, is_link: bool) -> None:
    link = tmp_path / "bin" / "claude-tracker"
    link.parent.mkdir()
    link.symlink_to("/opt/pipx/claude-tracker") if is_link else link.write_text("mine")
    message = f"{link} belongs to another installation: remove it (or uninstall that one) first"
    with pytest.raises(InstallationError) as caught:
        check_link(app, link.parent)
    assert message == str(caught.value)
