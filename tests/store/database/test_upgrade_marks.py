"""A database of the version before marks: what can be read again has them afterwards, and it says from when."""

from __future__ import annotations

from pathlib import Path

import pytest

from exporter.domain.calendar.day import Span
from exporter.domain.calendar.timestamp import DAY, parse
from exporter.domain.usage.client_total import Use
from exporter.snapshot.usage.groupings import grouped
from exporter.store.reader import Reader
from exporter.store.usage import client_totals
from support.marked_tree import READ_AT, SCRIPT, write_tree
from support.pool import at
from support.tracker import Tracker
from support.upgrade_tree import restore

ALWAYS = Span(0, 1 << 60)


@pytest.fixture
def tracker(tmp_path: Path) -> Tracker:
    write_tree(tmp_path / ".claude")
    restore(tmp_path / "old.db", tmp_path / ".claude", SCRIPT)
    return Tracker(tmp_path / "old.db", tmp_path / ".claude" / "projects", now=READ_AT)


def of(tracker: Tracker, kind: str) -> dict[tuple[str, bool], int]:
    items = grouped(Reader(tracker.database), ALWAYS, kind).items
    return {(item.name, item.known): item.amount.tokens.total for item in items}


def test_what_can_be_read_again_has_its_marks_and_the_rest_is_not_known(tracker: Tracker) -> None:
    with tracker:
        before = tracker.peaks()
        assert {("", False): 150} == of(tracker, "skill")
        tracker.read_again()
        assert {("", True): 60, ("review", True): 30, ("", False): 60} == of(tracker, "skill")
        assert {("", True): 60, ("Explore", True): 30, ("", False): 60} == of(tracker, "agent")
        assert {("", True): 30, ("high", True): 60, ("", False): 60} == of(tracker, "effort")
        assert parse(at(6)) == grouped(Reader(tracker.database), ALWAYS, "skill").unknown_until
        assert {
            ("attributed_tokens", ("skill", "review")): 30,
            ("attributed_tokens", ("agent", "Explore")): 30,
            ("attributed_tokens", ("effort", "high")): 60,
        } == tracker.exact("attributed_tokens")
        assert before == {label_set: peak for label_set, peak in tracker.peaks().items() if label_set in before}
        found = tracker.exact()
        tracker.rebuild()
        assert found == tracker.exact()


def test_the_client_own_totals_that_can_be_read_again_are_compared(tracker: Tracker) -> None:
    with tracker:
        tracker.now = READ_AT + DAY
        tracker.read_again()
        tracker.scan()
        found = client_totals.load(tracker.connection)
        assert ({"claude-opus-4-5": Use((5, 10, 0, 0), 0)}, 1, 2) == (found.models, found.with_total, found.sessions)
