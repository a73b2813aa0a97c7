"""A text that holds several values and is damaged: it is found, stops nobody, and is read again."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from exporter.domain.usage.totals import LABELS
from exporter.ingest.repairing import repair
from exporter.ingest.transcripts.scan import no_progress
from exporter.sources.prices import PriceList
from exporter.store.damage import integrity
from exporter.store.damage.stored_forms import makes_sense
from exporter.store.database.copying import end_journal
from exporter.store.database.schema import VERSION
from support.demo import history
from support.snapshots import NOON
from support.tracker import Tracker

WHOLE = [
    ("tracker_responses", {"extras": '[["claude-opus-4-5",[1,2,3,4,5],null]]'}),
    ("tracker_responses", {"requests": "[[1,2,3,4,5],[6,7,8,9,10]]"}),
    ("tracker_responses", {"extras": None, "requests": None}),
    ("tracker_marks", {"marks": '[null,null,null,"github","get_issue","high"]'}),
    ("tracker_cost_states", {"models": '{"claude-opus-4-5":[[1,2,3,4],5]}'}),
    ("tracker_cache_lines", {"causes": '[["after a pause",3]]'}),
    ("tracker_totals", {"family": "tokens", "labels": '["claude-opus-4-5","input","main"]'}),
    ("tracker_totals", {"family": "prompts", "labels": "[]"}),
    ("tracker_meta", {"key": "sequence", "value": "12"}),
    ("tracker_meta", {"key": "calibrated", "value": '{"at":1,"limits":[0,2,0],"responses":7,"next_reset":null}'}),
    ("tracker_meta", {"key": "tracker", "value": "0f3a"}),
    ("real_sessions", {"models_used": '["claude-opus-4-5"]', "metadata": '{"source":"transcript"}'}),
]
TORN = [
    ("tracker_responses", {"extras": '[["claude-opus-4-5",[1,"2"],null]]'}),
    ("tracker_responses", {"requests": "[[1,2,3,4,5],[6,7,8,9,1}]"}),
    ("tracker_responses", {"requests": ""}),
    ("tracker_marks", {"marks": "[null,null,7]"}),
    ("tracker_cost_states", {"models": '{"claude-opus-4-5":[[1,2,3],5]}'}),
    ("tracker_cache_lines", {"causes": '[["after a pause"]]'}),
    ("tracker_totals", {"family": "tokens", "labels": '["claude-opus-4-5","input"]'}),
    ("tracker_totals", {"family": "tokenz", "labels": '["claude-opus-4-5","input","main"]'}),
    ("tracker_totals", {"family": "prompts", "labels": "\0\0"}),
    ("tracker_meta", {"key": "sequence", "value": "1.2"}),
    ("tracker_meta", {"key": "sequence", "value": ""}),
    ("tracker_meta", {"key": "calibrated", "value": '{"at":1'}),
    ("real_sessions", {"models_used": '["claude-opus-4-5",]', "metadata": "{}"}),
    ("real_sessions", {"models_used": "[]", "metadata": "[]"}),
]

LAST = "rowid = (SELECT max(rowid) FROM {})"
WHICH = {"tracker_totals": "family = 'prompts'", "tracker_meta": "key = 'sequence'"}
"""The row that is damaged."""


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("forms")
    history(folder, NOON, 2, working_at=(NOON,))
    with Tracker(folder / "tracker.db", folder / "projects", now=NOON) as tracker:
        tracker.scan()
    end_journal(folder / "tracker.db")
    return folder


def totals_of(database: Path) -> set[tuple[str, str, int]]:
    with closing(sqlite3.connect(database)) as connection:
        query = "SELECT family, labels, exact FROM tracker_totals WHERE exact AND family NOT LIKE 'ingest%'"
        return set(connection.execute(query))


@pytest.mark.parametrize(("table", "row"), WHOLE)
def test_what_the_tracker_writes_makes_sense(table: str, row: dict[str, str | None]) -> None:
    assert makes_sense(table, row)


@pytest.mark.parametrize(("table", "row"), TORN)
def test_what_it_never_writes_does_not(table: str, row: dict[str, str]) -> None:
    assert not makes_sense(table, row)


@pytest.mark.parametrize(("table", "row"), WHOLE)
def test_no_changed_byte_stops_who_looks(table: str, row: dict[str, str | None]) -> None:
    for column, text in row.items():
        for place in range(len(text or "")):
            for other in '\0x0"[]{},-.\u00e9':
                assert text is not None
                makes_sense(table, row | {column: text[:place] + other + text[place + 1 :]})


@pytest.mark.parametrize(
    ("table", "column"),
    [
        ("tracker_responses", "requests"),
        ("tracker_responses", "extras"),
        ("tracker_totals", "labels"),
        ("tracker_marks", "marks"),
        ("tracker_cost_states", "models"),
        ("tracker_meta", "value"),
        ("real_sessions", "models_used"),
        ("real_sessions", "metadata"),
    ],
)
def test_it_is_found_and_mended(made: Path, tmp_path: Path, table: str, column: str) -> None:
    database = Path(shutil.copy(made / "tracker.db", tmp_path))
    before = totals_of(database)
    with closing(sqlite3.connect(database, isolation_level=None)) as connection:
        connection.execute(f"UPDATE {table} SET {column} = '[[1,2' WHERE {WHICH.get(table, LAST).format(table)}")
    assert (f"a text in {table} cannot be read",) == integrity.check(database).structure
    done = repair(database, [made / "projects"], lambda: NOON, lambda *_: None, no_progress, prices=PriceList())
    assert integrity.check(database).is_whole
    assert before == totals_of(database)
    assert 1 == sum(one.refused for one in done.saved if one.table == table)


@pytest.mark.parametrize(
    ("table", "column", "value"),
    [
        ("tracker_blocks", "start_at", "x"),
        ("tracker_totals", "exact", "x"),
        ("tracker_tool_calls", "tool", b"\xff"),
        ("tracker_responses", "rewritten", 1.5),
        ("tracker_responses", "model", 7),
        ("five_hour_blocks", "total_sessions", "x"),
        ("real_sessions", "start_time", 5.5),
        ("tracker_rhythms", "usual", "x"),
    ],
)
def test_a_value_of_another_kind(made: Path, tmp_path: Path, table: str, column: str, value: object) -> None:
    database = Path(shutil.copy(made / "tracker.db", tmp_path))
    before = totals_of(database)
    with closing(sqlite3.connect(database, isolation_level=None)) as connection:
        connection.execute(
            f"UPDATE {table} SET {column} = ?1 WHERE {column} IS (SELECT {column} FROM {table} LIMIT 1)", (value,)
        )
    findings = integrity.check(database).structure
    if value == 7:  # SQLite makes a text of it
        assert () == findings
        return
    assert f"a value in {table} is of another kind than its column" in findings
    repair(database, [made / "projects"], lambda: NOON, lambda *_: None, no_progress, prices=PriceList())
    assert integrity.check(database).is_whole
    assert before == totals_of(database)


def test_a_version_that_is_none(made: Path, tmp_path: Path) -> None:
    database = Path(shutil.copy(made / "tracker.db", tmp_path))
    with closing(sqlite3.connect(database, isolation_level=None)) as connection:
        connection.execute("UPDATE tracker_meta SET value = 'y' WHERE key = 'version'")
    (found,) = integrity.check(database).structure
    assert "the version of its tables cannot be read" in found
    repair(database, [made / "projects"], lambda: NOON, lambda *_: None, no_progress, prices=PriceList())
    assert integrity.check(database).is_whole


@pytest.mark.parametrize("byte", [b"\xa0", b"?"])
def test_a_name_in_the_schema_that_cannot_be_read(made: Path, tmp_path: Path, byte: bytes) -> None:
    database = Path(shutil.copy(made / "tracker.db", tmp_path))
    content = database.read_bytes()
    place = content.index(b"CREATE TABLE tracker_rhythms")
    column = content.index(b"daily_deviation", place)
    database.write_bytes(content[:column] + byte + content[column + 1 :])
    assert not integrity.check(database).is_whole
    before = totals_of(made / "tracker.db")
    repair(database, [made / "projects"], lambda: NOON, lambda *_: None, no_progress, prices=PriceList())
    assert integrity.check(database).is_whole
    assert before == totals_of(database)


def test_no_counter_is_new_after_a_repair(made: Path, tmp_path: Path) -> None:
    """A scraper would see it fall to 0 and rise again: `increase` would count everything a second time."""
    database = Path(shutil.copy(made / "tracker.db", tmp_path))
    with closing(sqlite3.connect(database, isolation_level=None)) as connection:
        connection.execute("INSERT OR REPLACE INTO tracker_meta VALUES ('served_at', '1')")
        connection.execute("DELETE FROM tracker_totals WHERE family IN ('tokens', 'prompts', 'cost')")
    repair(database, [made / "projects"], lambda: NOON, lambda *_: None, no_progress, prices=PriceList())
    with closing(sqlite3.connect(database)) as connection:
        assert (0,) == connection.execute("SELECT count(*) FROM tracker_totals WHERE first_met_at <> 0").fetchone()
        assert (0,) < connection.execute("SELECT sum(peak) FROM tracker_totals WHERE family = 'tokens'").fetchone()


def test_every_family_of_totals_has_its_labels(made: Path) -> None:
    with closing(sqlite3.connect(made / "tracker.db")) as connection:
        assert {name for (name,) in connection.execute("SELECT DISTINCT family FROM tracker_totals")} <= set(LABELS)
        assert str(VERSION) == connection.execute("SELECT value FROM tracker_meta WHERE key = 'version'").fetchone()[0]
