"""Damage at random places of a database: it is found, and what the transcripts hold comes back exactly."""

from __future__ import annotations

import random
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from exporter.errors import DatabaseError
from exporter.ingest.repairing import Repaired, repair
from exporter.ingest.transcripts.scan import no_progress
from exporter.sources.prices import PriceList
from exporter.store.damage import integrity
from exporter.store.database.copying import end_journal
from support.demo import history
from support.sampling import sample_or_all
from support.snapshots import NOON
from support.tracker import Tracker

PLACES = sample_or_all(20, 200)
Totals = dict[tuple[str, str], int]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with three days of transcripts and the database of them, in one file."""
    folder = tmp_path_factory.mktemp("damage")
    history(folder, NOON, 3, working_at=(NOON,))
    with Tracker(folder / "tracker.db", folder / "projects", now=NOON) as tracker:
        tracker.scan()
    end_journal(folder / "tracker.db")
    return folder


def totals_of(database: Path) -> Totals:
    with closing(sqlite3.connect(database)) as connection:
        query = "SELECT family, labels, exact FROM tracker_totals WHERE exact AND family NOT LIKE 'ingest%'"
        return {(family, labels): exact for family, labels, exact in connection.execute(query)}


def content_of(database: Path) -> dict[str, list[str]]:
    with closing(sqlite3.connect(database)) as connection:
        connection.text_factory = bytes
        names = [name.decode() for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        return {name: sorted(map(repr, connection.execute(f'SELECT * FROM "{name}"'))) for name in names}


def repaired(database: Path, projects: Path) -> Repaired:
    return repair(database, [projects], lambda: NOON, lambda done, total: None, no_progress, prices=PriceList())


def damage(database: Path, dice: random.Random) -> str:
    """Somewhere in the file, a few or many bytes."""
    data = bytearray(database.read_bytes())
    length = dice.choice((1, 1, 2, 4, 16, 100, 4_096))
    at = dice.randrange(0, len(data) - length)
    data[at : at + length] = dice.randbytes(length) if dice.random() < 0.7 else bytes(length)
    database.write_bytes(data)
    return f"{length} bytes at {at}, page {at // 4_096 + 1}"


@pytest.mark.long
@pytest.mark.parametrize("place", range(PLACES))
def test_damage_is_found_and_mended(made: Path, tmp_path: Path, place: int) -> None:
    database = Path(shutil.copy(made / "tracker.db", tmp_path))
    what = damage(database, random.Random(place))
    try:
        findings = integrity.check(database)
        is_found = not findings.is_whole
    except DatabaseError:  # the head of the file: no database any more, another program's, or a newer one's
        is_found = True
    if not is_found:
        whole, now = content_of(made / "tracker.db"), content_of(database)
        assert whole.keys() == now.keys(), what
        changed = [name for name in whole if whole[name] != now[name]]
        assert len(changed) <= 1, f"{what}: nothing, or a value inside one row, which no total holds"
        return
    done = repaired(database, made / "projects")
    assert integrity.check(database).is_whole
    assert totals_of(made / "tracker.db").items() <= totals_of(database).items(), what
    assert done.kept.exists()


def test_what_is_only_in_the_database_is_kept(made: Path, tmp_path: Path) -> None:
    database = Path(shutil.copy(made / "tracker.db", tmp_path))
    (tmp_path / "projects").mkdir()
    before = totals_of(database)
    done = repaired(database, tmp_path / "projects")
    assert before == totals_of(database)
    assert done.responses_saved == done.responses
    assert all(one.is_whole for one in done.saved)


def test_a_response_that_a_broken_index_let_in_twice(made: Path, tmp_path: Path) -> None:
    """SQLite's quick check sees nothing of it."""
    database = Path(shutil.copy(made / "tracker.db", tmp_path))
    before = totals_of(database)
    with closing(sqlite3.connect(database, isolation_level=None)) as connection:
        query = "SELECT name, sql FROM sqlite_master WHERE tbl_name = 'tracker_responses' AND sql LIKE '%UNIQUE%'"
        ((name, sql),) = connection.execute(f"{query} AND type = 'index'")
        columns = [row[1] for row in connection.execute("PRAGMA table_info(tracker_responses)")][1:]
        connection.execute("PRAGMA writable_schema = ON")
        connection.execute("UPDATE sqlite_master SET sql = replace(sql, 'UNIQUE ', '') WHERE name = ?", (name,))
        connection.execute("PRAGMA writable_schema = RESET")
    with closing(sqlite3.connect(database, isolation_level=None)) as connection:
        listed = ", ".join(columns)
        connection.execute(
            f"INSERT INTO tracker_responses ({listed}) SELECT {listed} FROM tracker_responses WHERE counted LIMIT 1"
        )
        connection.execute("PRAGMA writable_schema = ON")
        connection.execute("UPDATE sqlite_master SET sql = ? WHERE name = ?", (sql, name))
        connection.execute("PRAGMA writable_schema = RESET")
    with closing(sqlite3.connect(database)) as connection:
        assert "ok" == connection.execute("PRAGMA quick_check").fetchone()[0]
    findings = integrity.check(database)
    assert ("non-unique entry in index " + name,) == findings.structure
    repaired(database, made / "projects")
    assert before == totals_of(database)


def test_a_total_that_disagrees_with_its_rows(made: Path, tmp_path: Path) -> None:
    database = Path(shutil.copy(made / "tracker.db", tmp_path))
    before = totals_of(database)
    with closing(sqlite3.connect(database, isolation_level=None)) as connection:
        first = "(SELECT min(id) FROM tracker_responses WHERE counted)"
        connection.execute(f"UPDATE tracker_responses SET output = output + 7 WHERE id = {first}")
    (found,) = integrity.check(database).totals
    assert "tokens output" == found.name
    assert 7 == found.rows - found.stored
    repaired(database, made / "projects")
    assert before == totals_of(database)


def test_of_what_is_no_database_all_comes_from_the_transcripts(made: Path, tmp_path: Path) -> None:
    database = tmp_path / "tracker.db"
    database.write_bytes(b"SQLite format 3\0" + random.Random(1).randbytes(100_000))
    assert not integrity.check(database).is_whole
    done = repaired(database, made / "projects")
    assert () == done.saved
    assert totals_of(made / "tracker.db").items() <= totals_of(database).items()
