"""Another machine's database is merged: everything of it is here afterwards, and no counter moves."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path

import pytest

from exporter.domain.accounts import FolderAccount, Owner, owner_of
from exporter.domain.calendar.timestamp import HOUR, MINUTE, parse
from exporter.domain.limits.hit import Hit
from exporter.domain.limits.reading import Reading
from exporter.domain.sessions.process import Kind
from exporter.domain.sessions.session import Process
from exporter.domain.usage.totals import LabelSet
from exporter.errors import DatabaseError, ForeignDatabaseError
from exporter.ingest.merging import merge
from exporter.ingest.rebuilding import reprice
from exporter.sources.prices import PriceList
from exporter.store import accounts
from exporter.store.accounts import Accounts
from exporter.store.merging.merge import Merged
from support.services import PROJECT, shared_dir
from support.tracker import LATER, Tracker
from support.transcripts import HAIKU, SONNET, Record, append, assistant, prompt, tool_use, usage, write

PLACES = (("one",), ("other",), ("one", "other"))
TEN = parse("2026-11-22T10:00:00.000Z") or 0
ADA, BOB = owner_of("org", "ada"), owner_of("org", "bob")
SHARED = [prompt(uuid="p1"), assistant("m1", request="r1", uuid="a1", content=[tool_use()])]
THEIRS = [
    prompt(uuid="p2", session="s2", at="2026-11-23T10:00:00.000Z", cwd="/home/ada/api"),
    assistant(
        "m2", request="r2", uuid="a2", session="s2", at="2026-11-23T10:00:01.000Z", model=SONNET, cwd="/home/ada/api"
    ),
]


def machine(folder: Path, files: dict[str, Sequence[Record]], owner: Owner | None = None) -> Tracker:
    """A tracker of its own, which has read these files and seen that nothing runs."""
    for name, lines in files.items():
        write(folder / "projects" / "-p" / f"{name}.jsonl", lines)
    found = [FolderAccount(str(folder), owner)] if owner is not None else []
    tracker = Tracker(folder / "tracker.db", folder / "projects", accounts=lambda _: found)
    tracker.see()
    return tracker


def merged_into(tracker: Tracker, other: Path, **more: bool) -> Merged:
    return merge(tracker.store, other, tracker.database, LATER, **more)


@pytest.fixture
def other(tmp_path: Path) -> Path:
    """The closed database of another machine, with a transcript that this one has too."""
    with machine(tmp_path / "other", {"s1": SHARED, "s2": THEIRS}) as tracker:
        return tracker.database


def test_what_both_have_is_there_once_and_no_counter_moves(tmp_path: Path, other: Path) -> None:
    with machine(tmp_path / "one", {"s1": SHARED}) as one:
        shown, before = one.peaks(), other.read_bytes()
        merged = merged_into(one, other)
        assert ({"sessions": 1, "responses": 1, "prompts": 1}, 2) == (
            {name: number for name, number in merged.new.items() if number},
            merged.found["responses"],
        )
        assert {
            ("responses", ("claude-opus-4-5", "main")): 1,
            ("responses", ("claude-sonnet-4-5", "main")): 1,
            ("prompts", ()): 2,
            ("tool_calls", ("Bash",)): 1,
            ("sessions_started", ("claude_code",)): 2,
            ("blocks", ()): 2,
        } == one.exact("responses", "prompts", "tool_calls", "sessions_started", "blocks")
        assert {"s1": None, "s2": True} == {name: row.metadata.get("imported") for name, row in one.sessions().items()}
        assert shown == {key: value for key, value in one.peaks().items() if value or key in shown}
        assert before == other.read_bytes()


def test_counters_go_on_by_new_use_here_alone(tmp_path: Path, other: Path) -> None:
    with machine(tmp_path / "one", {"s1": SHARED}) as one:
        shown = one.peaks()
        merged_into(one, other)
        one.restart()
        with one.store.transaction():
            one.store.announce(LATER)
        one.rebuild()
        reprice(one.store, lambda: LATER, PriceList())
        assert shown == {key: value for key, value in one.peaks().items() if value or key in shown}
        new = assistant("m3", request="r3", uuid="a3", at="2026-11-22T11:00:00.000Z", model=SONNET, used=usage(7, 8))
        append(tmp_path / "one" / "projects" / "-p" / "s1.jsonl", [new])
        one.scan()
        rose = {key: value - shown.get(key, 0) for key, value in one.peaks().items() if value != shown.get(key, 0)}
        assert (7, 8, 1) == (
            rose["tokens", ("claude-sonnet-4-5", "input", "main")],
            rose["tokens", ("claude-sonnet-4-5", "output", "main")],
            rose["responses", ("claude-sonnet-4-5", "main")],
        )
        assert 15 == rose["project_tokens", ("shop",)]
        assert {("responses", ("claude-sonnet-4-5", "main")): 2} == {
            key: value for key, value in one.exact("responses").items() if "sonnet" in key[1][0]
        }


def test_a_database_that_was_never_served_does_not_show_it_later(tmp_path: Path, other: Path) -> None:
    with machine(tmp_path / "one", {"s1": SHARED}) as one:
        one.connection.execute("DELETE FROM tracker_meta WHERE key = 'served_at'")
        merged_into(one, other)
        one.restart()
        one.rebuild()
        assert 1 == sum(value for (family, _), value in one.peaks().items() if family == "responses")


def test_merging_it_again_changes_nothing_and_a_newer_copy_adds_what_is_new(tmp_path: Path, other: Path) -> None:
    with machine(tmp_path / "one", {"s1": SHARED}) as one:
        merged_into(one, other)
        before = one.exact(), one.peaks(), one.rows("real_sessions")
        assert 0 == sum(merged_into(one, other).new.values())
        assert before == (one.exact(), one.peaks(), one.rows("real_sessions"))
        with Tracker(other, tmp_path / "other" / "projects") as theirs:
            more = assistant("m4", request="r4", uuid="a4", session="s2", at="2026-11-23T12:00:00.000Z", model=HAIKU)
            append(tmp_path / "other" / "projects" / "-p" / "s2.jsonl", [more])
            theirs.scan()
            theirs.see()
        assert {"responses": 1} == {name: number for name, number in merged_into(one, other).new.items() if number}
        assert "2026-11-23T12:00:00.000Z" == one.sessions()["s2"].end_time


def test_a_dry_run_says_the_same_and_writes_nothing(tmp_path: Path, other: Path) -> None:
    with machine(tmp_path / "one", {"s1": SHARED}) as one:
        before = one.exact(), one.peaks(), one.rows("real_sessions"), one.sequence
        would = merged_into(one, other, dry_run=True)
        assert before == (one.exact(), one.peaks(), one.rows("real_sessions"), one.sequence)
        assert would == merged_into(one, other)


def test_a_forgotten_session_stays_forgotten_on_either_side(tmp_path: Path, other: Path) -> None:
    with Tracker(other, tmp_path / "other" / "projects") as theirs:
        theirs.store.forget(["s2"], LATER)
    with machine(tmp_path / "one", {"s1": SHARED, "s2": THEIRS}) as one:
        one.store.forget(["s1"], LATER)
        names = set(one.sessions())
        assert 0 == merged_into(one, other).new["responses"]
        assert names == set(one.sessions())
        assert {None, "/home/ada/api"} == {row.project_path for row in one.sessions().values()}
        assert (
            0
            == one.connection.execute("SELECT count(*) FROM tracker_conversations WHERE session_id = 's1'").fetchone()[
                0
            ]
        )


def test_accounts_limits_and_blocks_are_kept_apart(tmp_path: Path) -> None:
    """Ada works on both machines in the same hour, Bob only there."""
    there = [assistant("m5", request="r5", uuid="a5", session="s5", at="2026-11-22T10:30:00.000Z")]
    with machine(tmp_path / "other", {"s5": there}, ADA) as theirs:
        bob = Accounts(theirs.connection).of_owner(BOB)
        theirs.connection.execute("UPDATE tracker_accounts SET plan = 'max' WHERE id = ?", (bob,))
        for account, share in ((bob, 0.5), (bob, 1.0)):
            at = TEN + int(share * HOUR)
            theirs.store.take_readings([Reading("five_hour", "account", at, share, TEN + 4 * HOUR, account)], LATER)
        theirs.store.take_hits([Hit("seven_day", TEN, TEN + 9 * HOUR, account=bob)], LATER)
    with machine(tmp_path / "one", {"s1": SHARED}, ADA) as one:
        known = one.peaks()
        merged = merged_into(one, tmp_path / "other" / "tracker.db")
        assert (1, 2, 2) == tuple(merged.new[name] for name in ("accounts", "limit readings", "limits reached"))
        by_hash = {account.owner: account for account in accounts.load(one.connection)}
        assert "max" == by_hash[BOB].plan
        hits = {labels: value for (_, labels), value in one.exact("limit_hits").items()}
        assert {(by_hash[BOB].label, "five_hour"): 1, (by_hash[BOB].label, "seven_day"): 1} == hits
        assert [(by_hash[ADA].id, TEN, 2)] == one.connection.execute(
            "SELECT account, start_at, responses FROM tracker_block_usage"
        ).fetchall()
        assert known == {key: value for key, value in one.peaks().items() if value or key in known}
        of_limits = ("tracker_readings", "tracker_limit_hits", "tracker_last_readings")
        rows = [one.rows(table) for table in of_limits]
        assert 0 == sum(merged_into(one, tmp_path / "other" / "tracker.db").new.values())
        assert rows == [
            one.rows(table) for table in ("tracker_readings", "tracker_limit_hits", "tracker_last_readings")
        ]


def test_what_runs_there_has_ended_here(tmp_path: Path) -> None:
    desktop = Process(77, LATER - HOUR, Kind.DESKTOP, "77", "/")
    with machine(tmp_path / "other", {"s2": THEIRS}) as theirs:
        theirs.see(desktop)
        theirs.now = LATER + MINUTE
        theirs.see(desktop)
    with machine(tmp_path / "one", {"s1": SHARED}) as one:
        assert 2 == merged_into(one, tmp_path / "other" / "tracker.db").new["sessions"]
        desktops = [row for row in one.sessions().values() if row.session_type == "claude_desktop"]
        assert [(False, None, True)] == [(row.is_active, row.process_id, row.metadata["imported"]) for row in desktops]
        assert [] == one.see()


@pytest.mark.parametrize("version", [1, 2, 3, 4, 5, 6])
def test_a_database_of_an_earlier_version_is_merged_from_a_copy(tmp_path: Path, version: int) -> None:
    script = PROJECT / "tests" / "store" / "database" / f"version{version}.sql"
    old = tmp_path / "old.db"
    with closing(sqlite3.connect(old)) as connection:
        connection.executescript(script.read_text(encoding="utf-8"))
        (counted,) = connection.execute("SELECT count(*) FROM tracker_responses WHERE counted").fetchone()
    before = old.read_bytes()
    with machine(tmp_path / "one", {}) as one:
        assert counted == merged_into(one, old).new["responses"] > 0
        assert {0} == {value for (family, _), value in one.peaks().items() if not family.startswith("ingest")}
    assert before == old.read_bytes()
    assert [] == [path.name for path in tmp_path.iterdir() if path.name.startswith("old.db-")]


def _newer(path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA application_id = 1131172978")
        connection.execute("PRAGMA user_version = 999")


def _foreign(path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA application_id = 5")


def _other_tables(path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE notes (text)")


def _damaged(path: Path) -> None:
    machine(path.parent / "damaged", {"s2": THEIRS}).close()
    content = bytearray((path.parent / "damaged" / "tracker.db").read_bytes())
    content[8192:40960] = b"\xff" * 32768
    path.write_bytes(content)


@pytest.mark.parametrize(
    ("make", "kind", "said"),
    [
        pytest.param(lambda _: None, DatabaseError, "there is no file", id="missing"),
        pytest.param(lambda path: path.mkdir(), DatabaseError, "is not a file", id="a folder"),
        pytest.param(lambda path: path.write_bytes(b""), DatabaseError, "is empty", id="empty"),
        pytest.param(lambda path: path.write_text("no database"), DatabaseError, "file is not a database", id="a text"),
        pytest.param(_damaged, DatabaseError, "damaged|malformed", id="damaged"),
        pytest.param(_newer, ForeignDatabaseError, "was written by a newer claude-tracker", id="newer"),
        pytest.param(_foreign, ForeignDatabaseError, "belongs to another program", id="another program's"),
        pytest.param(_other_tables, DatabaseError, "use `claude-tracker import`", id="no tables of ours"),
    ],
)
def test_what_cannot_be_merged_is_named(
    tmp_path: Path, make: Callable[[Path], object], kind: type[DatabaseError], said: str
) -> None:
    make(tmp_path / "bad.db")
    with machine(tmp_path / "one", {"s1": SHARED}) as one:
        before = one.exact()
        with pytest.raises(kind, match=said):
            merged_into(one, tmp_path / "bad.db")
        assert before == one.exact()


def test_its_own_database_is_refused_by_any_name(tmp_path: Path) -> None:
    with machine(tmp_path / "one", {"s1": SHARED}) as one:
        (tmp_path / "link.db").symlink_to(one.database)
        with pytest.raises(DatabaseError, match="own database"):
            merged_into(one, tmp_path / "link.db")


def test_real_transcripts_on_two_machines(tmp_path: Path) -> None:
    """Every third file is on both: the totals, blocks and limits reached are those of one tracker that read both."""
    corpus = shared_dir() / "corpus" / "own-2.1.332" / "projects"
    for number, path in enumerate(sorted(corpus.rglob("*.jsonl"))):
        for machine_name in PLACES[number % 3]:
            for folder in (machine_name, f"both/{machine_name}"):
                copied = tmp_path / folder / path.relative_to(corpus)
                copied.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(path, copied)
    trackers = {}
    for name in ("one", "other", "both"):
        trackers[name] = Tracker(tmp_path / f"{name}.db", tmp_path / name)
        trackers[name].see()
    trackers["other"].close()
    one, both = trackers["one"], trackers["both"]
    with one, both:
        shown = one.peaks()
        merged = merged_into(one, tmp_path / "other.db")
        assert 164 == sum(value for (family, _), value in one.exact("responses").items())
        assert 0 < merged.new["responses"] < merged.found["responses"] < 164
        assert counted_of(both) == counted_of(one)
        for table in ("tracker_blocks", "tracker_block_usage", "tracker_unwritten"):
            assert len(both.rows(table)) == len(one.rows(table)) > 0
        assert both.rows("tracker_block_usage") == one.rows("tracker_block_usage")
        assert shown == {key: value for key, value in one.peaks().items() if value or key in shown}


def counted_of(tracker: Tracker) -> dict[LabelSet, int]:
    return {key: value for key, value in tracker.lasting().items() if not key[0].startswith("ingest_")}
