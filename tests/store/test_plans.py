"""Queries for the few responses of a kind use the index of those few, not the one by time: SQLite chooses as it likes
between the two, by the order in which they were made.
"""

from __future__ import annotations

import re
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from exporter.snapshot.take import take
from exporter.store.reader import Reader
from support.api import client_of, small_store
from support.snapshots import NOON

FEW = {
    "extras IS NOT NULL": "tracker_responses_advised",
    "rewritten IS NOT NULL": "tracker_responses_rewritten",
}
"""What such a query asks for, and the index that has only that."""
ROUTES = (
    "/api/analytics/current", "/api/usage?by=day", "/api/usage?by=model&breakdown=project", "/api/usage?by=session",
    "/api/usage/usual", "/api/five-hour-blocks", "/api/sessions/recent", "/api/plan", "/api/limits/history",
)  # fmt: skip


@pytest.fixture(params=["read in bulk", "by time last", "by time first"])
def database(tmp_path: Path, request: pytest.FixtureRequest) -> Path:
    """Its indexes made in several orders."""
    found = small_store(tmp_path)
    with closing(sqlite3.connect(found)) as connection:
        names = {"by time last": ["tracker_responses_by_time"], "by time first": list(FEW.values())}
        for name in names.get(request.param, ()):
            (sql,) = connection.execute("SELECT sql FROM sqlite_master WHERE name = ?", (name,)).fetchone()
            connection.execute(f"DROP INDEX {name}")
            connection.execute(sql)
    return found


def asked(database: Path) -> set[str]:
    """All that is asked of the database for the snapshot and the API."""
    found: list[str] = []
    original = sqlite3.connect

    def traced(*args: object, **named: object) -> sqlite3.Connection:
        connection = original(*args, **named)  # type: ignore[call-overload]
        connection.set_trace_callback(found.append)
        return connection  # type: ignore[no-any-return]

    with pytest.MonkeyPatch.context() as monkeypatch:
        monkeypatch.setattr(sqlite3, "connect", traced)
        reader = Reader(database)
        take(reader, NOON)
        client = client_of(database)
        for route in ROUTES:
            assert 200 == client.get(route).status_code, route
        reader.close()
    return {text for text in found if text.lstrip().startswith("SELECT")}


def test_each_uses_its_index(database: Path) -> None:
    wrong = []
    with closing(sqlite3.connect(database)) as connection:
        for query in sorted(asked(database)):
            kind = next(
                (one for one in FEW if re.search(rf"\b{one}", query) and " at >" in query.replace(".at", " at")), None
            )
            if kind is None:
                continue
            plan = " ".join(row[3] for row in connection.execute(f"EXPLAIN QUERY PLAN {query}"))
            if FEW[kind] not in plan:
                wrong.append((query, plan))
    assert [] == wrong
