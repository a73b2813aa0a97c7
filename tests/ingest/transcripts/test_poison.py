"""One poisonous entry or file, whatever it is, never stops the others: it is counted, and named once in the log."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from exporter.domain.transcripts.batch import SessionBatch
from exporter.ingest.pricer import Pricer
from exporter.sources.transcripts import records
from exporter.store.accounts import Accounts
from exporter.store.transcripts import files
from exporter.store.usage import merge
from support.tracker import Tracker
from support.transcripts import Record, append, assistant, prompt, usage, write

Poison = Callable[[pytest.MonkeyPatch], None]


def entry(number: int, **more: Any) -> Record:
    names = {"request": f"req_{number}", "uuid": f"a{number}", "session": f"s{number % 3}"}
    return assistant(f"msg_{number}", **(names | more))


def storing(error: Callable[[], Exception]) -> Poison:
    """Storing entry 13 fails."""

    def poison(patch: pytest.MonkeyPatch) -> None:
        put = merge.put_session

        def put_session(
            connection: sqlite3.Connection,
            accounts: Accounts,
            batch: SessionBatch,
            source: merge.Source,
            *,
            replace: bool = False,
        ) -> int:
            if any(row[0] == "msg_13" for row in (*batch.responses, *batch.rare_responses)):
                if connection.in_transaction and not is_bulk(connection):
                    put(connection, accounts, batch, source, replace=replace)  # so that something has to be undone
                raise error()
            return put(connection, accounts, batch, source, replace=replace)

        patch.setattr(merge, "put_session", put_session)

    return poison


def is_bulk(connection: sqlite3.Connection) -> bool:
    return bool(connection.execute("PRAGMA journal_mode").fetchone()[0] == "off")


def summing(patch: pytest.MonkeyPatch) -> None:
    """Computing what follows from entry 13 fails."""
    from exporter.store.usage import responses

    resolve = responses.counted

    def counted(connection: sqlite3.Connection, message_ids: Any) -> set[responses.Row]:
        rows = resolve(connection, message_ids)
        if any(row.message_id == "msg_13" for row in rows):
            raise OverflowError("a sum")
        return rows

    patch.setattr(responses, "counted", counted)


def decoding(patch: pytest.MonkeyPatch) -> None:
    """Taking entry 13 fails."""
    rare = records.web_searches

    def web_searches(used: Any) -> int:
        if used.output_tokens == 1_313:
            raise AttributeError("a fault of ours")
        return rare(used)

    patch.setattr(records, "web_searches", web_searches)


def pricing(patch: pytest.MonkeyPatch) -> None:
    """Pricing entry 13 fails."""
    price = Pricer.__call__

    def fail(
        self: Pricer, model: str, at: int, speed: str | None, counts: Any, searches: int, geo: str | None
    ) -> int | None:
        if counts[1] == 1_313:
            raise KeyError("a fault of the price list")
        return price(self, model, at, speed, counts, searches, geo)

    patch.setattr(Pricer, "__call__", fail)


def unbounded(patch: pytest.MonkeyPatch) -> None:
    """Entry 13 has more tokens than the database can store."""
    patch.setattr(records, "MAX_TOKENS", 10**40)


POISONS = [
    pytest.param(storing(lambda: OverflowError("int too large to convert")), id="an overflow"),
    pytest.param(storing(lambda: sqlite3.IntegrityError("constraint")), id="a constraint"),
    pytest.param(storing(lambda: RuntimeError("anything")), id="anything unexpected"),
    pytest.param(summing, id="what follows from it"),
    pytest.param(decoding, id="its line"),
    pytest.param(pricing, id="its price"),
    pytest.param(unbounded, id="what the bounds would have kept out"),
]
POISONOUS = entry(13, used=usage(1, 1_313, speed="fast", server_tool_use={"web_search_requests": 0}))
BEYOND = entry(13, used=usage(1, 10**20))


@pytest.fixture
def projects(tmp_path: Path) -> Path:
    return tmp_path / "projects"


def lines(first: int, last: int, poisonous: Record = POISONOUS) -> Iterator[Record]:
    return (poisonous if number == 13 else entry(number) for number in range(first, last))


def poisonous(poison: Poison) -> Record:
    return BEYOND if poison is unbounded else POISONOUS


@pytest.mark.parametrize("poison", POISONS)
@pytest.mark.parametrize("together", [True, False])
def test_only_the_poisonous_entry_is_missing(
    tmp_path: Path,
    projects: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    poison: Poison,
    together: bool,
) -> None:
    write(projects / "shop" / "s0.jsonl", [entry(0)])
    with Tracker(tmp_path / "tracker.db", projects) as tracker:
        poison(monkeypatch)
        append(projects / "shop" / "s0.jsonl", lines(1, 20, poisonous(poison)))
        write(projects / "shop" / "s1.jsonl", [*lines(20, 30), prompt()])
        if together:
            report = tracker.scan()
        else:
            report = tracker.scan_files(projects / "shop" / "s0.jsonl")
            tracker.scan()
        assert () == report.errors
        figures = tracker.figures()
        assert (29, 1, {"failed": 1}) == (figures.responses, figures.prompts, figures.skipped)
        assert {("ingest_lines", ()): 31} == tracker.exact("ingest_lines")
        named = [record.getMessage() for record in caplog.records if "unexpected error" in record.getMessage()]
        assert 1 == len(named)
        assert "s0.jsonl" in named[0]
        monkeypatch.undo()
        tracker.rebuild()
        assert (29 if poison is unbounded else 30) == tracker.figures().responses


@pytest.mark.parametrize("poison", POISONS[:3] + POISONS[4:])
@pytest.mark.parametrize("is_new", [True, False])
def test_the_first_read_misses_only_the_poisonous_entry(
    tmp_path: Path, projects: Path, monkeypatch: pytest.MonkeyPatch, poison: Poison, is_new: bool
) -> None:
    database = tmp_path / "tracker.db"
    if not is_new:
        with Tracker(database, projects) as tracker:
            tracker.connection.execute("DELETE FROM tracker_meta WHERE key = 'first_read_at'")
    write(projects / "shop" / "s0.jsonl", lines(0, 30, poisonous(poison)))
    poison(monkeypatch)
    with Tracker(database, projects) as tracker:
        assert (29, {"failed": 1}) == (tracker.figures().responses, tracker.figures().skipped)
        tracker.rebuild()
        assert 29 == tracker.figures().responses


def test_a_poisonous_file_does_not_stop_the_others(
    tmp_path: Path, projects: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Its state cannot be stored, so that its entries are stored, and it is not read again until the next start."""
    write(projects / "shop" / "s0.jsonl", [entry(0)])
    with Tracker(tmp_path / "tracker.db", projects) as tracker:
        save = files.save

        def refuse(connection: sqlite3.Connection, states: Any) -> None:
            states = list(states)
            if any(state.path.endswith("poison.jsonl") for state in states):
                raise OverflowError("Python int too large to convert to SQLite INTEGER")
            save(connection, states)

        monkeypatch.setattr(files, "save", refuse)
        write(projects / "shop" / "poison.jsonl", lines(1, 5))
        write(projects / "shop" / "s1.jsonl", lines(5, 10))
        tracker.scan()
        tracker.scan()
        assert 10 == tracker.figures().responses
        assert 1 == sum("poison.jsonl" in record.getMessage() for record in caplog.records)


@pytest.mark.parametrize("year", [1970, 2262, 2500, 9999])
def test_a_file_of_any_time_is_read(tmp_path: Path, projects: Path, year: int) -> None:
    path = write(projects / "shop" / "s0.jsonl", lines(0, 3))
    seconds = (year - 1970) * 31_556_952
    os.utime(path, ns=(seconds * 10**9, seconds * 10**9))
    with Tracker(tmp_path / "tracker.db", projects) as tracker:
        assert 3 == tracker.figures().responses
        assert 0 == tracker.scan().files


def test_a_full_disk_is_not_a_poison(tmp_path: Path, projects: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Everything is left for later."""
    write(projects / "shop" / "s0.jsonl", [entry(0)])
    with Tracker(tmp_path / "tracker.db", projects) as tracker:

        def full() -> Exception:
            error = sqlite3.OperationalError("database or disk is full")
            error.sqlite_errorcode = sqlite3.SQLITE_FULL
            return error

        storing(full)(monkeypatch)
        append(projects / "shop" / "s0.jsonl", lines(1, 20))
        with pytest.raises(Exception, match="disk is full"):
            tracker.scan()
        monkeypatch.undo()
        tracker.scan()
        assert (20, {}) == (tracker.figures().responses, tracker.figures().skipped)
