"""The stored blocks are those of the rule, with official windows too, whatever comes in whatever portions."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import NamedTuple
from weakref import WeakKeyDictionary

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from exporter.domain.accounts import FolderAccount, Owner, owner_of
from exporter.domain.blocks.block import MINUTE_MS, Block, Window
from exporter.domain.blocks.layout import build_blocks
from exporter.domain.calendar.timestamp import HOUR, to_iso
from exporter.domain.limits.reading import Reading
from exporter.domain.transcripts.file_state import FileStat, FileState
from exporter.domain.usage.bounds import EARLIEST
from exporter.domain.usage.pricing import Counts
from exporter.sources.transcripts.collector import Collector
from exporter.store.blocks import blocks
from exporter.store.blocks.recent_spending import RecentSpending
from exporter.store.limits.readings import windows as windows_of
from exporter.store.open_store import open_store
from exporter.store.store import Store
from exporter.store.transcripts.file_read import FileRead
from support.kept_sums import check_kept
from support.sampling import sample_or_all
from support.transcripts import ABSENT, HAIKU, OPUS, SONNET, assistant, encoded, usage

pytestmark = pytest.mark.long

START = 1_795_132_800_000  # 2026-11-20T00:00Z
NOW = START + 30 * HOUR
GLM = "glm-5.2"
TABLES = ("tracker_blocks", "tracker_block_usage", "five_hour_blocks", "real_sessions")
TOTALS = "SELECT family, labels, exact, peak FROM tracker_totals WHERE exact != 0"


class Line(NamedTuple):
    """A line of a response. Two of the same uuid are the same line, perhaps in a fork."""

    minute: int
    message: int
    request: str | None
    session: int
    side: bool
    output: int
    model: str
    advised: bool

    def encoded(self) -> bytes:
        is_advised = self.advised and self.model != GLM
        advice = [{"type": "advisor_message", "model": HAIKU, **usage(3, 4)}] if is_advised else None
        return encoded(
            assistant(
                f"msg_{self.message}",
                request=self.request or ABSENT,
                uuid=f"{self.message}-{self.minute}-{self.output}-{self.model}-{self.advised}",
                session=f"s{self.session}",
                at=to_iso(START + self.minute * MINUTE_MS),
                side=self.side,
                model=self.model,
                used=usage(10, self.output, iterations=advice),
                stop="end_turn" if self.output % 2 else None,
            )
        )


LINES = st.builds(
    lambda message, later, **sides: Line(message * 317 + later, message, **sides),
    message=st.integers(0, 12),
    later=st.sampled_from([0, 1, 20, 170, 310, 1500]),
    request=st.sampled_from(["a", "a", "b", None]),
    session=st.integers(0, 2),
    side=st.sampled_from([False, False, True]),
    output=st.sampled_from([10, 11]),
    model=st.sampled_from([OPUS, OPUS, SONNET, GLM]),
    advised=st.booleans(),
)
PORTIONS = st.lists(st.lists(LINES, min_size=1, max_size=6), min_size=1, max_size=8)


@st.composite
def official_windows(draw: st.DrawFn) -> list[Window]:
    """Windows in order that do not overlap; some touch, some are cut short."""
    windows, end = [], START
    for _ in range(draw(st.integers(0, 8))):
        start = end + draw(st.just(0) | st.integers(0, 500)) * MINUTE_MS
        end = start + draw(st.just(300) | st.integers(1, 300)) * MINUTE_MS
        windows.append(Window(start, end))
    return windows


class Prices:
    """A nano-dollar a token, Sonnet's unpriced. GLM is another provider's."""

    def __call__(
        self, model: str, at: int, speed: str | None, counts: Counts, web_searches: int, geo: str | None, /
    ) -> int | None:
        return None if model == SONNET else sum(counts)

    def provider(self, model: str) -> str | None:
        return "zai" if model == GLM else None


@contextmanager
def new_store() -> Iterator[Store]:
    with TemporaryDirectory() as folder:
        store = open_store(Path(folder) / "tracker.db", lambda _: None)
        store.mark_first_read(NOW)
        yield store
        store.close()


def read_of(lines: Sequence[Line], number: int, folder: str = "") -> FileRead:
    """These lines as read from a new file, born later than those of lesser numbers, in a configuration folder."""
    collector = Collector("s")
    collector.take(b"".join(line.encoded() + b"\n" for line in lines), 0)
    state = FileState(f"{folder}/projects/{number}.jsonl", FileStat(1, number, 0, 0, number * 1_000_000), 0, b"")
    return FileRead(collector.batch(Prices()), state, None, 0)


def times(store: Store) -> list[int]:
    """Of the responses that count toward windows."""
    query = "SELECT at FROM tracker_responses WHERE counted AND provider IS NULL ORDER BY at"
    return [row[0] for row in store.connection.execute(query)]


_SPENDING: WeakKeyDictionary[Store, RecentSpending] = WeakKeyDictionary()


def check_sums(store: Store) -> None:
    """What is kept by differences is what the responses give."""
    check_kept(store.connection, _SPENDING.setdefault(store, RecentSpending()))


def check(store: Store, windows: Sequence[Window]) -> None:
    """The blocks are those of the rule, each response of Claude's is in one of them, and they hold all that it used."""
    check_sums(store)
    found = times(store)
    built: list[Block] = list(build_blocks(lambda ms: next((at for at in found if at >= ms), None), windows))
    assert built == blocks.load(store.connection)
    assert all(1 == sum(block.contains(at) for block in built) for at in found)
    for family, column in (
        ("tokens", "input + output + cache_read + cache_write_5m + cache_write_1h"),
        ("responses", "responses"),
        ("cost", "cost"),
        ("unpriced_tokens", "unpriced"),
    ):
        totals = "SELECT coalesce(sum(exact), 0) FROM tracker_totals WHERE family = ? AND labels NOT LIKE ?"
        (total,) = store.connection.execute(totals, (family, f'["{GLM}"%')).fetchone()
        (in_blocks,) = store.connection.execute(
            f"SELECT coalesce(sum({column}), 0) FROM tracker_block_usage"
        ).fetchone()
        assert total == in_blocks, family


def kept(store: Store) -> dict[str, list[tuple[object, ...]]]:
    queries = {table: f"SELECT * FROM {table}" for table in TABLES} | {"totals": TOTALS}
    return {name: sorted(store.connection.execute(query), key=repr) for name, query in queries.items()}


def lay_all(store: Store, windows: Sequence[Window]) -> None:
    store.windows = {1: tuple(windows)}
    with store.transaction():
        store.derive_all(NOW)


@settings(max_examples=sample_or_all(50, 2000))
@given(PORTIONS, official_windows(), official_windows())
def test_blocks_follow_every_batch(portions: list[list[Line]], windows: list[Window], others: list[Window]) -> None:
    with new_store() as store:
        store.windows = {1: tuple(windows)}
        for number, lines in enumerate(portions):
            halves = [read_of(lines[::2], 2 * number), read_of(lines[1::2], 2 * number + 1)]
            store.apply(halves, (), NOW)
            check(store, windows)
        followed = kept(store)
        lay_all(store, windows)
        assert followed == kept(store), "recomputing gives the same"
        lay_all(store, others)
        check(store, others)
        lay_all(store, windows)
        assert followed[TABLES[0]] == kept(store)[TABLES[0]], "and back under the windows of before"


@settings(max_examples=sample_or_all(30, 600))
@given(st.lists(LINES, min_size=1, max_size=25), official_windows(), st.randoms(use_true_random=False))
def test_line_by_line_gives_the_same_result(lines: list[Line], windows: list[Window], chance: Random) -> None:
    numbered = list(zip(count(), lines, strict=False))
    with new_store() as at_once, new_store() as one_by_one:
        at_once.windows = one_by_one.windows = {1: tuple(windows)}
        at_once.apply([read_of([line], number) for number, line in numbered], (), NOW)
        chance.shuffle(numbered)
        for number, line in numbered:
            one_by_one.apply([read_of([line], number)], (), NOW)
        assert blocks.load(at_once.connection) == blocks.load(one_by_one.connection)
        for table in ("five_hour_blocks", "real_sessions"):
            assert kept(at_once)[table] == kept(one_by_one)[table]


READINGS = st.builds(
    lambda observed, ahead: Reading(
        "five_hour", "statusline", START + observed * MINUTE_MS, 0.5, START + (observed + ahead) * MINUTE_MS + 7_000
    ),
    observed=st.integers(0, 4_000),
    ahead=st.integers(1, 320),
)


@settings(max_examples=sample_or_all(40, 800))
@given(st.lists(st.lists(LINES, max_size=4), max_size=6), st.lists(READINGS, min_size=1, max_size=6))
def test_readings_rebuild_the_blocks(portions: list[list[Line]], readings: list[Reading]) -> None:
    """Whatever comes between them, the blocks are those of the rule under the windows that all of them name."""
    with new_store() as store:
        for number in range(max(len(portions), len(readings))):
            if number < len(portions):
                store.apply([read_of(portions[number], number)], (), NOW)
            if number < len(readings):
                store.take_readings([readings[number]], NOW)
            check(store, store.windows.get(1, ()))
        assert store.windows == windows_of(store.connection)
        followed = kept(store)
        lay_all(store, store.windows.get(1, ()))
        assert followed == kept(store)


ADA, BOB = owner_of("org", "ada"), owner_of("org", "bob")
FOLDERS = st.sampled_from(["/one", "/two", "/nobody"])
OWNED = st.sampled_from([None, None, None, ADA, BOB])


def with_logins(store: Store, moved_at: int) -> None:
    """Ada and Bob in a folder each, until Bob logs in to Ada's, too."""
    store.take_accounts([FolderAccount("/one", ADA), FolderAccount("/two", BOB)], NOW)
    store.take_accounts([FolderAccount("/one", BOB, since=moved_at)], NOW)


def owned(read: FileRead, owner: Owner | None) -> FileRead:
    """The same, if its first session says whose it is."""
    first, *others = read.batch.sessions
    return replace(
        read,
        batch=replace(
            read.batch, sessions=[replace(first, owners=[(None, owner)] if owner is not None else []), *others]
        ),
    )


def check_each(store: Store) -> None:
    """The blocks of each account are those of the rule for its own responses."""
    check_sums(store)
    found: dict[int, list[int]] = {}
    query = "SELECT account, at FROM tracker_responses WHERE counted AND provider IS NULL ORDER BY at"
    for account, at in store.connection.execute(query):
        found.setdefault(account, []).append(at)
    expected: list[Block] = []
    for account, own in found.items():
        expected += build_blocks(
            lambda ms, own=own: next((at for at in own if at >= ms), None),  # type: ignore[misc]
            store.windows.get(account, ()),
            account=account,
        )
    assert sorted(expected, key=lambda block: (block.start, block.account)) == blocks.load(store.connection)


@settings(max_examples=sample_or_all(30, 600))
@given(
    st.lists(st.tuples(st.lists(LINES, min_size=1, max_size=5), FOLDERS, OWNED), min_size=1, max_size=6),
    st.integers(0, 4_000),
    st.lists(st.tuples(READINGS, st.integers(1, 3)), max_size=4),
)
def test_accounts_never_share_a_block(
    portions: list[tuple[list[Line], str, Owner | None]], minute: int, readings: list[tuple[Reading, int]]
) -> None:
    """Whatever comes in which order, and whichever account a session names; recomputing gives the same."""
    with new_store() as store:
        with_logins(store, START + minute * MINUTE_MS)
        for number, (lines, folder, owner) in enumerate(portions):
            store.apply([owned(read_of(lines, number, folder), owner)], (), NOW)
            check_each(store)
            if number < len(readings):
                reading, account = readings[number]
                store.take_readings([replace(reading, account=account)], NOW)
                check_each(store)
        followed = kept(store)
        with store.transaction():
            store.derive_all(NOW)
        assert followed == kept(store)


def line_at(minute: int, request: str | None, session: int, *, side: bool = False, output: int = 20) -> Line:
    return Line(minute, 1, request, session, side, output, OPUS, advised=False)


@pytest.mark.parametrize(
    ("window", "times", "expected"),
    [
        pytest.param((60, 137), (140, 136), ["60-137!", "137-420"], id="one in the window, known after one behind it"),
        pytest.param((125, 130), (140, 121), ["120-125", "125-420"], id="one before a short window, behind it another"),
        pytest.param((125, 130), (140, 127), ["125-130!", "130-420"], id="one in a short window"),
        pytest.param((60, 137), (136, 140), ["60-137!", "137-420"], id="in the order of their times"),
    ],
)
def test_windows_and_the_order_of_arrival(window: tuple[int, int], times: tuple[int, ...], expected: list[str]) -> None:
    """Minutes; `!` is an official block."""
    start, end = (START + minute * MINUTE_MS for minute in window)
    with new_store() as store:
        store.windows = {1: (Window(start, end),)}
        for number, minute in enumerate(times):
            store.apply([read_of([Line(minute, number, "a", 0, False, 20, OPUS, False)], number)], (), NOW)
        built = blocks.load(store.connection)
    assert expected == [
        f"{(block.start - START) // MINUTE_MS}-{(block.end - START) // MINUTE_MS}{'!' * (block.basis == 'official')}"
        for block in built
    ]


def test_responses_can_leave_the_first_minute_of_2023() -> None:
    epoch = (EARLIEST - START) // MINUTE_MS
    with new_store() as store:
        store.apply([read_of([line_at(epoch, "b", 1, side=True)], 1)], (), NOW)
        assert [Block(EARLIEST, EARLIEST + 5 * HOUR, "estimated")] == blocks.load(store.connection)
        store.apply([read_of([line_at(60, "a", 1)], 2)], (), NOW)
        assert [Block(START + HOUR, START + 6 * HOUR, "estimated")] == blocks.load(store.connection)


def test_responses_that_differ_only_in_their_copies_are_two() -> None:
    """Two requests of one message, forked: of each a line without request id wins, and the same session is credited."""
    lines = [line_at(0, "a", 0), line_at(0, "a", 1), line_at(0, "b", 0), line_at(0, "b", 2)]
    winners = [line_at(1, None, 1, output=21), line_at(2, None, 2, output=21)]
    with new_store() as store:
        for number, line in enumerate([*lines, *winners]):
            store.apply([read_of([line], number)], (), NOW)
        check(store, ())
        followed = kept(store)
        lay_all(store, ())
        assert followed == kept(store)
        assert 2 == len(times(store))
