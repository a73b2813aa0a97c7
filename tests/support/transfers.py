"""Trackers with all that is exported, and exports of them."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

from exporter.domain.accounts import FolderAccount, owner_of
from exporter.domain.calendar.day import ALWAYS
from exporter.domain.calendar.timestamp import HOUR, MINUTE, parse
from exporter.domain.limits.hit import Hit
from exporter.domain.limits.reading import Reading
from exporter.domain.sessions.process import Kind
from exporter.domain.sessions.session import Process
from exporter.snapshot.usage.groupings import grouped
from exporter.snapshot.usage.usage_history import periods_by, used_blocks
from exporter.store.accounts import Accounts
from exporter.store.exporting.columns import Level
from exporter.store.exporting.tables import tables_at
from exporter.store.reader import Reader
from exporter.transfer.export import Export, wanted_at
from support.pool import FILES, at
from support.tracker import LATER, Tracker

ADA, BOB = owner_of("org", "ada"), owner_of("org", "bob")
NOON = parse(at(12)) or 0


def tracker_on(folder: Path) -> Tracker:
    """A tracker in a folder of its own, which is Ada's. It has seen that nothing runs."""
    (folder / "projects").mkdir(parents=True, exist_ok=True)
    tracker = Tracker(
        folder / "tracker.db", folder / "projects", accounts=lambda _: [FolderAccount(str(folder), ADA, "max")]
    )
    tracker.see()
    return tracker


def full_tracker(folder: Path) -> Tracker:
    """One with every kind of response and event, two accounts, limits, and a run of Claude Desktop."""
    for name, lines in FILES.items():
        path = folder / "projects" / "-p" / f"{name}.jsonl"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"".join(line + b"\n" for line in lines))
    tracker = tracker_on(folder)
    bob = Accounts(tracker.connection).of_owner(BOB)
    for minutes, share in ((0, 0.25), (10, 0.25), (30, 0.5)):
        reading = Reading("five_hour", "account", NOON + minutes * MINUTE, share, NOON + 4 * HOUR, bob)
        tracker.store.take_readings([reading], LATER)
    for minutes in (31, 33):
        tracker.store.take_hits([Hit("five_hour", NOON + minutes * MINUTE, NOON + 4 * HOUR, account=bob)], LATER)
    tracker.see(Process(77, LATER - HOUR, Kind.DESKTOP, "77", "/"))
    tracker.see()
    return tracker


def exported(
    database: Path, target: Path, form: str, level: Level = "full", span: tuple[int, int] | None = None
) -> Path:
    """An export of a database: a folder or a file."""
    start, end = span if span is not None else (None, None)
    with Reader(database).view() as view:
        assert view is not None
        export = Export(view, tables_at(level), wanted_at(level, start, end), LATER, lambda done, total: None)
        if form == "sqlite":
            export.to_database(target, force=False)
        else:
            export.to_folder(target, form, force=False)
    return target


def rows_of(export: Path) -> dict[str, list[dict[str, Any]]]:
    """The rows of an export of JSON lines or SQLite, by table."""
    if export.is_dir():
        found = {path.stem: path.read_text(encoding="utf-8") for path in sorted(export.glob("*.jsonl"))}
        return {name: [json.loads(line) for line in text.splitlines()] for name, text in found.items()}
    with closing(sqlite3.connect(export)) as connection:
        connection.row_factory = sqlite3.Row
        names = [row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        return {
            name: [dict(row) for row in connection.execute(f"SELECT * FROM {name}")]
            for name in sorted(names)
            if name != "export"
        }


def reports(database: Path) -> dict[str, Any]:
    """What the reports say by day, week, session, project and block."""
    reader = Reader(database)
    try:
        return {
            "days": periods_by(reader, "day", ALWAYS, None, "model"),
            "sessions": grouped(reader, ALWAYS, "session"),
            "projects": grouped(reader, ALWAYS, "project"),
            "skills": grouped(reader, ALWAYS, "skill"),
            "blocks": used_blocks(reader, ALWAYS, LATER),
        }
    finally:
        reader.close()
