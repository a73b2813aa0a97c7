"""Export and import lose nothing: the same reports to the token, and the same rows when exported again."""

from __future__ import annotations

import csv
import json
import sqlite3
import tracemalloc
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from exporter.errors import ExportError
from exporter.store.exporting.tables import BY_NAME
from exporter.transfer.importing import find_taker
from support.tracker import LATER, Tracker
from support.transfers import exported, full_tracker, reports, rows_of, tracker_on

Rows = dict[str, list[dict[str, Any]]]


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Path:
    with full_tracker(tmp_path_factory.mktemp("original")) as tracker:
        return tracker.database


def imported(rows: Rows) -> Rows:
    """The rows as they are where they were imported: every session is marked."""
    return rows | {"sessions": [row | {"imported": 1} for row in rows["sessions"]]}


def take(tracker: Tracker, path: Path) -> dict[str, int]:
    return find_taker(path, tracker.database, dry_run=False)(tracker.store, LATER).skipped


@pytest.mark.parametrize("form", ["sqlite", "jsonl"])
def test_everything_comes_back(tmp_path: Path, original: Path, form: str) -> None:
    before = exported(original, tmp_path / "before", form)
    rows = rows_of(before)
    assert {"accounts": 2, "blocks": 6, "limits_reached": 1, "limit_readings": 2, "runs": 4, "sessions": 4} == {
        name: len(rows[name]) for name in ("accounts", "blocks", "limits_reached", "limit_readings", "runs", "sessions")
    }
    with tracker_on(tmp_path / "new") as new:
        assert {} == take(new, before)
        assert reports(original) == reports(new.database)
        after = rows_of(exported(new.database, tmp_path / "after", form))
        assert imported(rows) == after
        once = new.exact(), new.peaks()
        assert {} == take(new, before)
        assert once == (new.exact(), new.peaks()), "again"
        assert {0} == {peak for (family, _), peak in new.peaks().items() if not family.startswith("ingest")}
        new.rebuild()
        assert reports(original) == reports(new.database), "rebuilt"


def test_the_database_that_was_exported_takes_nothing_of_it(tmp_path: Path, original: Path) -> None:
    export = exported(original, tmp_path / "export", "sqlite")
    with Tracker(original, original.parent / "projects") as tracker:
        before = tracker.exact(), tracker.peaks()
        assert {} == take(tracker, export)
        assert before == (tracker.exact(), tracker.peaks())


def test_csv_parses_back_to_the_same_values(tmp_path: Path, original: Path) -> None:
    rows = rows_of(exported(original, tmp_path / "jsonl", "jsonl"))
    exported(original, tmp_path / "csv", "csv")
    kinds = {"TEXT": str, "INTEGER": int, "REAL": float}
    for name, table in BY_NAME.items():
        types = {column.name: kinds[column.type] for column in table.columns}
        with (tmp_path / "csv" / f"{name}.csv").open(newline="", encoding="utf-8") as file:
            found = list(csv.DictReader(file))
        assert rows[name] == [
            {key: types[key](value) if value else None for key, value in row.items()} for row in found
        ], name


def test_memory_does_not_grow_with_the_history(tmp_path: Path) -> None:
    """Twice as many responses and events take no more than the buffers for a few rows."""
    peaks = []
    for number, name in ((10_000, "short"), (40_000, "long")):
        Tracker(tmp_path / f"{name}.db", tmp_path / "nothing").close()
        with closing(sqlite3.connect(tmp_path / f"{name}.db")) as connection:
            connection.execute("INSERT INTO tracker_conversations (id, session_id, first_at) VALUES (1, 's', 0)")
            connection.executemany(_RESPONSE, ((f"m{n}", LATER - n * 1_000) for n in range(number)))
            connection.commit()
        tracemalloc.start()
        exported(tmp_path / f"{name}.db", tmp_path / name, "csv")
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
        assert number + 1 == len((tmp_path / name / "responses.csv").read_text(encoding="utf-8").splitlines())
    assert peaks[1] < peaks[0] + 200_000


_RESPONSE = """
INSERT INTO tracker_responses (message_id, request_id, conversation, sidechain, total, line_at, uuid, model, input,
    output, cache_read, cache_write_5m, cache_write_1h, first_at, born_at, counted, at, owner, line, mark)
VALUES (?1, 'r', 1, 0, 3, ?2, ?1, 'claude-opus-4-5', 1, 2, 0, 0, 0, ?2, 1, 1, ?2, 1, '', 0)
"""


@pytest.mark.parametrize(
    ("facts", "said"),
    [
        ({"version": "2"}, "was written by a newer claude-tracker"),
        ({"privacy": "totals"}, "has sums only: write it with `claude-tracker export --privacy full`"),
        ({"format": "other"}, "is not an export of claude-tracker"),
    ],
)
def test_an_export_that_cannot_be_imported_is_named(
    tmp_path: Path, original: Path, facts: dict[str, str], said: str
) -> None:
    export = exported(original, tmp_path / "export", "jsonl")
    known = json.loads((export / "export.json").read_text(encoding="utf-8"))
    (export / "export.json").write_text(json.dumps(known | facts))
    with pytest.raises(ExportError, match=said):
        find_taker(export, tmp_path / "tracker.db", dry_run=True)


def test_rows_that_do_not_fit_are_skipped_and_counted(tmp_path: Path, original: Path) -> None:
    export = exported(original, tmp_path / "export", "jsonl")
    with (export / "responses.jsonl").open("a") as file:
        file.write('no JSON\n{"time": 5}\n')
    with (export / "events.jsonl").open("a") as file:
        file.write('{"kind": "prompt", "session_id": "s1", "id": "x", "time": "yesterday", "file_time": "never"}\n')
    with tracker_on(tmp_path / "new") as new:
        assert {"rows of responses that do not fit": 2, "rows of events that do not fit": 1} == take(new, export)
        assert reports(original) == reports(new.database)
