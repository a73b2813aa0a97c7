"""An update and the way back: what is stopped, copied, migrated and started, and what is left when a step fails."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from exporter.errors import DatabaseError, ForeignDatabaseError, InstallationError, LockedError
from exporter.ingest import lock
from exporter.ingest.lock import COMMAND, TRACKER, Holder
from exporter.installation.folder import AppFolder, Copy, State
from exporter.installation.running import Running
from exporter.installation.update import Update, activate, roll_back
from exporter.store.database import copying
from support.marked_tree import SCRIPT, write_tree
from support.upgrade_tree import restore

HOLDER = Holder(1, COMMAND, "claude-tracker install", 0)


@dataclass
class Fake:
    """A tracker that only notes what is done with it. `fails`: the command with which it does not start."""

    databases: list[Path]
    log: list[str]
    fails: Path | None = None
    keeps_running: bool = False
    name: str = "tracker"

    def __str__(self) -> str:
        return self.name

    def stop(self) -> None:
        if self.keeps_running:
            raise InstallationError(f"{self} does not stop")
        self.log.append(f"{self} stopped")

    def start(self, command: Path | None) -> Running:
        if command is not None and command == self.fails:
            raise InstallationError(f"{self} does not start again")
        self.log.append(f"{self} started with {'its own program' if command is None else command.resolve().parts[-3]}")
        return self


@dataclass
class World:
    app: AppFolder
    database: Path
    log: list[str] = field(default_factory=list)

    def update(self, *running: Running) -> Update:
        return Update(self.app, "1.0.0", running, HOLDER, self.log.append)

    def folder(self, name: str) -> Path:
        return self.app.path / name

    def files(self) -> list[str]:
        """Next to the database, without locks and journals."""
        found = (path.name for path in self.database.parent.iterdir())
        return sorted(name for name in found if not name.endswith((".lock", "-wal", "-shm")))


@pytest.fixture
def world(tmp_path: Path) -> World:
    """0.9.0 in use, 1.0.0 installed, and a database of the version of the tables before."""
    app = AppFolder(tmp_path / "app")
    for name in ("0.9.0-1", "1.0.0-1"):
        (app.path / name / "bin").mkdir(parents=True)
        (app.path / name / "bin" / "claude-tracker").write_text("")
    app.change(State(app.path / "0.9.0-1", None, []))
    write_tree(tmp_path / ".claude")
    (tmp_path / "data").mkdir()
    restore(tmp_path / "data" / "t.db", tmp_path / ".claude", SCRIPT)
    return World(app, tmp_path / "data" / "t.db")


def version_of(path: Path) -> int:
    with closing(sqlite3.connect(path)) as connection:
        return int(connection.execute("PRAGMA user_version").fetchone()[0])


def note_a_row(path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("INSERT INTO real_sessions (id) VALUES ('made by the new version')")
        connection.commit()


def sessions(path: Path) -> list[str]:
    with closing(sqlite3.connect(path)) as connection:
        return [row[0] for row in connection.execute("SELECT id FROM real_sessions ORDER BY id")]


def test_an_update_copies_and_migrates_the_database_and_starts_what_ran(world: World) -> None:
    activate(world.update(Fake([world.database], world.log)), world.folder("1.0.0-1"), [world.database])
    copied = world.database.with_name("t.db.before-1.0.0")
    assert (9, 5) == (version_of(world.database), version_of(copied))
    assert 0o600 == copied.stat().st_mode & 0o777
    assert State(world.folder("1.0.0-1"), world.folder("0.9.0-1"), [Copy(str(world.database), str(copied))]) == (
        world.app.state()
    )
    assert [
        "tracker stopped",
        "Stopped tracker",
        f"Copied the database to {copied}, because the new version changes it for good",
        "tracker started with 1.0.0-1",
        "Started tracker again, in the background",
    ] == world.log


def test_a_database_of_this_version_is_not_copied(world: World) -> None:
    copying.migrate(world.database, world.log.append)
    activate(world.update(), world.folder("1.0.0-1"), [world.database])
    assert ["t.db"] == world.files()
    assert [] == world.app.state().copies


def test_without_a_database_there_is_nothing_to_copy(world: World, tmp_path: Path) -> None:
    activate(world.update(), world.folder("1.0.0-1"), [tmp_path / "none.db"])
    assert world.folder("1.0.0-1") == world.app.state().current
    assert not (tmp_path / "none.db").exists()


def test_going_back_restores_the_database_and_keeps_the_newer_one(world: World) -> None:
    before = sessions(world.database)
    activate(world.update(), world.folder("1.0.0-1"), [world.database])
    note_a_row(world.database)
    world.log.clear()
    assert world.folder("0.9.0-1") == roll_back(world.update(Fake([world.database], world.log)))
    kept = world.database.with_name("t.db.from-1.0.0")
    assert (5, before) == (version_of(world.database), sessions(world.database))
    assert (9, sorted([*before, "made by the new version"])) == (version_of(kept), sessions(kept))
    assert ["t.db", "t.db.from-1.0.0"] == world.files()
    assert State(world.folder("0.9.0-1"), None, []) == world.app.state()
    assert [
        "tracker stopped",
        "Stopped tracker",
        f"Kept the present database as {kept}",
        f"Put back {world.database} as it was before the update",
        "tracker started with 0.9.0-1",
        "Started tracker again, in the background",
    ] == world.log


def test_a_journal_of_the_newer_database_is_not_applied_to_the_older_one(world: World) -> None:
    activate(world.update(), world.folder("1.0.0-1"), [world.database])
    with closing(sqlite3.connect(world.database)) as reader:  # such as a separate `serve`: the journal stays
        reader.execute("SELECT count(*) FROM real_sessions").fetchone()
        note_a_row(world.database)
        roll_back(world.update())
    assert "made by the new version" in sessions(world.database.with_name("t.db.from-1.0.0"))
    assert "made by the new version" not in sessions(world.database)


def test_there_is_one_way_back(world: World) -> None:
    activate(world.update(), world.folder("1.0.0-1"), [])
    roll_back(world.update())
    with pytest.raises(InstallationError, match="there is no version to go back to"):
        roll_back(world.update())


def test_without_its_copy_of_the_database_nothing_is_changed(world: World) -> None:
    activate(world.update(), world.folder("1.0.0-1"), [world.database])
    copied = world.database.with_name("t.db.before-1.0.0")
    copied.unlink()
    with pytest.raises(InstallationError, match=rf"the copy of the database {copied} is missing; nothing was changed"):
        roll_back(world.update(Fake([], world.log, keeps_running=True)))
    assert world.folder("1.0.0-1") == world.app.state().current


def assert_as_before(world: World) -> None:
    assert State(world.folder("0.9.0-1"), None, []) == world.app.state()
    assert (5, ["t.db"]) == (version_of(world.database), world.files())


def test_a_version_that_does_not_start_is_not_kept(world: World) -> None:
    tracker = Fake([world.database], world.log, fails=world.app.command())
    with pytest.raises(InstallationError, match="tracker does not start again"):
        activate(world.update(tracker), world.folder("1.0.0-1"), [world.database])
    assert_as_before(world)
    assert ["tracker started with its own program", "Started tracker again"] == world.log[-2:]


def test_of_two_trackers_both_run_as_before_when_one_does_not_start(world: World) -> None:
    first = Fake([world.database], world.log, name="first")
    second = Fake([], world.log, fails=world.app.command(), name="second")
    with pytest.raises(InstallationError, match="second does not start again"):
        activate(world.update(first, second), world.folder("1.0.0-1"), [])
    assert_as_before(world)
    assert ["first started with 1.0.0-1", "Started first again, in the background", "first stopped"] == world.log[-7:-4]
    assert ["first started with its own program", "second started with its own program"] == world.log[-4::2]


def test_a_migration_that_fails_is_undone(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(path: Path, _: object) -> None:
        note_a_row(path)
        raise DatabaseError("the disk is full")

    monkeypatch.setattr(copying, "migrate", fail)
    with pytest.raises(DatabaseError, match="the disk is full"):
        activate(world.update(Fake([world.database], world.log)), world.folder("1.0.0-1"), [])
    assert_as_before(world)
    assert "made by the new version" not in sessions(world.database)
    assert "tracker started with its own program" in world.log


def test_a_tracker_that_does_not_stop_keeps_everything(world: World) -> None:
    first, second = Fake([], world.log, name="first"), Fake([], world.log, keeps_running=True, name="second")
    with pytest.raises(InstallationError, match="second does not stop"):
        activate(world.update(first, second), world.folder("1.0.0-1"), [world.database])
    assert_as_before(world)
    assert ["first stopped", "Stopped first", "first started with its own program", "Started first again"] == world.log


def test_a_database_of_a_newer_version_stops_nothing(world: World) -> None:
    with closing(sqlite3.connect(world.database)) as connection:
        connection.execute("PRAGMA user_version = 10")
    with pytest.raises(ForeignDatabaseError, match="was written by a newer claude-tracker"):
        activate(world.update(Fake([], world.log)), world.folder("1.0.0-1"), [world.database])
    assert ([], world.folder("0.9.0-1")) == (world.log, world.app.state().current)


@pytest.mark.parametrize("is_back", [False, True])
def test_a_database_in_use_is_named(world: World, is_back: bool) -> None:
    if is_back:
        activate(world.update(), world.folder("1.0.0-1"), [world.database])
    state = world.app.state()
    taken = lock.acquire(world.database, Holder(4321, TRACKER, "claude-tracker run", 0))
    assert taken
    with pytest.raises(LockedError, match=r"`claude-tracker run` \(pid 4321\) is using .*t.db: stop it"):
        roll_back(world.update()) if is_back else activate(world.update(), world.folder("1.0.0-1"), [world.database])
    taken.release()
    assert state == world.app.state()
