"""A database of the version without accounts: it becomes that of its folders' accounts, and no counter bends."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from exporter.backfill.differences import differences
from exporter.domain.accounts import NOBODY, FolderAccount, Owner, account_hash, owner_of
from exporter.domain.calendar.timestamp import DAY, HOUR, MINUTE, to_iso
from exporter.domain.limits.hit import Hit
from exporter.domain.usage.totals import PAST_FAMILIES, LabelSet
from exporter.errors import OlderDatabaseError
from exporter.store import backfills
from exporter.store.backfills import LoadedHistory
from exporter.store.database.opening import open_to_read
from exporter.store.limits import hits, readings
from support.databases import run_here
from support.snapshots import NOON
from support.tracker import Tracker
from support.transcripts import assistant, usage, write

KEPT = Path(__file__).parent / "version2.sql"
ADA, BOB, SECOND_ORGANIZATION = owner_of("org", "ada"), owner_of("org", "bob"), owner_of("org-two", None)
HOME, WORK = "/home/dev/.claude", "/home/dev/.claude-work"
NOW = NOON + 31 * HOUR


@pytest.fixture
def database(tmp_path: Path) -> Path:
    with closing(sqlite3.connect(tmp_path / "old.db")) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.executescript(KEPT.read_text(encoding="utf-8"))
    return tmp_path / "old.db"


def opened(database: Path, *accounts: FolderAccount) -> Tracker:
    left = list(accounts)

    def changed(now: int) -> Sequence[FolderAccount]:
        found = list(left)
        left.clear()
        return found

    return Tracker(database, database.parent / "claude" / "projects", now=NOW, accounts=changed)


def stored(database: Path) -> dict[LabelSet, tuple[int, int]]:
    with closing(sqlite3.connect(database)) as connection:
        found = connection.execute("SELECT family, labels, exact, peak FROM tracker_totals").fetchall()
    return {(family, tuple(json.loads(labels))): (exact, peak) for family, labels, exact, peak in found}


def relabelled(before: dict[LabelSet, tuple[int, int]], account: str) -> dict[LabelSet, tuple[int, int]]:
    limits = ("limit_hits", "locked_out")
    return {(name, (account, *labels) if name in limits else labels): value for (name, labels), value in before.items()}


def rows(tracker: Tracker, query: str) -> list[tuple[Any, ...]]:
    return tracker.connection.execute(query).fetchall()


def test_one_account_gets_everything_and_only_lockouts_differ(database: Path) -> None:
    before = stored(database)
    with closing(sqlite3.connect(database)) as connection:
        blocks = connection.execute("SELECT * FROM five_hour_blocks ORDER BY id").fetchall()
        sessions = connection.execute("SELECT id, five_hour_block_id FROM real_sessions ORDER BY id").fetchall()
    with opened(database, FolderAccount(HOME, ADA, "max"), FolderAccount(WORK, ADA, "max")) as tracker:
        label = account_hash(ADA)
        after = stored(database)
        lockout: LabelSet = ("locked_out", (label, "five_hour"))
        assert [4_800_000, 8_400_000] == list(after.pop(lockout)), "until the answer an hour after noon; as shown"
        expected = relabelled(before, label)
        del expected[lockout]
        assert expected == after
        assert blocks == rows(tracker, "SELECT * FROM five_hour_blocks ORDER BY id")
        assert sessions == rows(tracker, "SELECT id, five_hour_block_id FROM real_sessions ORDER BY id")
        assert [(ADA, "max")] == [
            (Owner(organization, account), plan)
            for organization, account, plan in rows(
                tracker, "SELECT organization, account, plan FROM tracker_accounts WHERE account IS NOT NULL"
            )
        ]


def test_the_next_unit_counts(database: Path) -> None:
    with opened(database, FolderAccount(HOME, ADA), FolderAccount(WORK, ADA)) as tracker:
        before = tracker.peaks()
        label = account_hash(ADA)
        tracker.store.take_hits([Hit("five_hour", NOW, NOW + HOUR, account=3)], NOW)
        used = assistant("new", request="new", uuid="new", at=to_iso(NOW + MINUTE), used=usage(10, 20))
        write(tracker.roots[0] / "p" / "s9.jsonl", [used])
        tracker.now = NOW + 2 * MINUTE
        tracker.scan()
        after = tracker.peaks()
        grown = {key: value - before.get(key, 0) for key, value in after.items() if value != before.get(key, 0)}
        assert 1 == grown["responses", ("claude-opus-4-5", "main")]
        assert 10 == grown["tokens", ("claude-opus-4-5", "input", "main")]
        assert 1 == grown["limit_hits", (label, "five_hour")]


def test_each_folder_gets_its_own_account(database: Path) -> None:
    before = stored(database)
    with opened(database, FolderAccount(HOME, ADA), FolderAccount(WORK, BOB)) as tracker:
        assert [(account_hash(ADA), 15), (account_hash(BOB), 3)] == rows(
            tracker,
            "SELECT a.hash, count(*) FROM tracker_responses r JOIN tracker_accounts a ON a.id = r.account"
            " WHERE counted GROUP BY r.account ORDER BY 2 DESC",
        )
        usage_before = {key: value for key, value in before.items() if key[0] in ("tokens", "cost", "responses")}
        assert usage_before == {key: value for key, value in stored(database).items() if key in usage_before}
        ids = [str(row[0]) for row in rows(tracker, "SELECT id FROM five_hour_blocks ORDER BY id")]
        assert [True] == [one.endswith("~" + account_hash(BOB)) for one in ids if "~" in one]


def test_the_readings_of_a_second_organization_are_its_own(database: Path) -> None:
    with opened(database, FolderAccount(HOME, ADA), FolderAccount(WORK, ADA)) as tracker:
        names = dict(rows(tracker, "SELECT id, hash FROM tracker_accounts"))
        found = {
            (names[one.account], one.window, one.source): one.utilization
            for one in readings.last_of_each(tracker.connection)
        }
        ada, second = account_hash(ADA), account_hash(SECOND_ORGANIZATION)
        assert {
            (ada, "five_hour", "desktop"): 0.2,
            (ada, "five_hour", "statusline"): 0.97,
            (ada, "seven_day", "statusline"): 0.25,
            (second, "five_hour", "desktop"): 0.7,
        } == found
        assert [ada] == [names[one.hit.account] for one in hits.between(tracker.connection, 0, NOW + DAY)]
    assert b"org-two" not in database.read_bytes()


def test_nobody_stays_unknown(database: Path) -> None:
    before = relabelled(stored(database), "unknown")
    with opened(database, FolderAccount(HOME, NOBODY)):
        after = stored(database)
        lockout: LabelSet = ("locked_out", ("unknown", "five_hour"))
        assert [4_800_000, 8_400_000] == list(after.pop(lockout))
        del before[lockout]
        assert before == after


@pytest.mark.parametrize("command", ["status", "limits", "sessions"])
def test_a_command_that_shows_upgrades_it(tmp_path: Path, database: Path, command: str) -> None:
    (tmp_path / "claude" / "projects").mkdir(parents=True)
    outcome = run_here(database, command, tmp_path / "claude")
    assert (0, "") == (outcome.code, outcome.stderr)


def test_one_that_cannot_be_upgraded_is_named(database: Path) -> None:
    with pytest.raises(OlderDatabaseError, match="was written by an older claude-tracker: start or restart"):
        open_to_read(database)


def test_a_loaded_history_is_compared_from_then_on(database: Path) -> None:
    """Its limits have other labels now, so that they differ from nothing."""
    before = [(name, labels, exact) for (name, labels), (exact, _) in stored(database).items() if name in PAST_FAMILIES]
    loaded = LoadedHistory("a store", {}, NOW, NOW, before, "again")
    with closing(sqlite3.connect(database)) as connection, connection:
        backfills.put_records(connection, [loaded])
    with opened(database, FolderAccount(HOME, ADA), FolderAccount(WORK, ADA)) as tracker:
        ((_, differing),) = [
            (one, differences(tracker.connection, one)) for one in backfills.load_records(tracker.connection)
        ]
        assert set() == {name for name, _ in differing if name in ("limit_hits", "limit_raised", "locked_out")}
