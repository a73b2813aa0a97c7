"""Budgets in the snapshot: what they cover, their periods, and their JSON."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC
from pathlib import Path

import pytest

from exporter.domain.calendar.timestamp import DAY, HOUR, to_iso
from exporter.domain.limits.budget import Budget, BudgetUse
from exporter.domain.limits.plan_settings import PlanSettings, parse_week_start
from exporter.domain.limits.steady import HourlySpending
from exporter.snapshot.limits.budgets import budgets_json
from exporter.snapshot.take import take_current
from exporter.store.reader import Reader
from support.snapshots import NOON
from support.tracker import Tracker
from support.transcripts import OPUS, assistant, usage, write

DOLLAR = 10**9
OF_ANOTHER = "gpt-5"
"""A model of another provider, at $10 per million."""


def line(name: str, hours: float, dollars: float, folder: str, model: str = OPUS) -> dict[str, object]:
    """A response so many hours before noon."""
    used = usage(0, round(dollars * (40_000 if model == OPUS else 100_000)))
    at = to_iso(NOON - round(hours * HOUR))
    return assistant(f"m{name}", request=f"r{name}", uuid=f"u{name}", session=name, at=at, used=used, model=model) | {
        "cwd": folder
    }


@pytest.fixture
def tracker(tmp_path: Path) -> Iterator[Tracker]:
    """$2 today in `shop`, $3 with another provider, $5 in `blog` on Friday, $7 in `shop` three weeks ago."""
    lines = [
        line("a", 1, 2, "/home/ada/shop"),
        line("b", 2, 3, "/home/ada/blog", OF_ANOTHER),
        line("c", 46, 5, "/home/ada/blog"),
        line("d", 20 * 24 + 13, 7, "/home/ada/shop"),
    ]
    for number, one in enumerate(lines):
        write(tmp_path / "projects" / "p" / f"{number}.jsonl", [one])
    with Tracker(tmp_path / "tracker.db", tmp_path / "projects", now=NOON) as opened:
        yield opened


def budgets(tracker: Tracker, *found: Budget, week_start: str | None = None, now: int = NOON) -> list[BudgetUse]:
    start = parse_week_start(week_start) if week_start is not None else None
    reader = Reader(tracker.database)
    current = take_current(reader, now, UTC, plan=PlanSettings(week_start=start, budgets=found))
    reader.close()
    assert current is not None
    return list(current.budgets)


def test_a_budget_covers_everything_or_one_project(tracker: Tracker) -> None:
    found = budgets(
        tracker,
        Budget("day", DOLLAR, "day"),
        Budget("week", DOLLAR, "week"),
        Budget("month", DOLLAR, "month"),
        Budget("shop", DOLLAR, "month", "shop"),
        Budget("blog", DOLLAR, "week", "blog"),
        Budget("none", DOLLAR, "month", "nowhere"),
    )
    assert [5.0, 10.0, 17.0, 9.0, 8.0, 0.0] == [one.ratio for one in found]
    assert ["2026-11-22", "2026-11-16", "2026-11-01"] == [to_iso(one.start)[:10] for one in found[:3]]
    assert ["2026-11-23", "2026-11-23", "2026-12-01"] == [to_iso(one.end)[:10] for one in found[:3]]


def test_a_week_starts_as_configured(tracker: Tracker) -> None:
    (found,) = budgets(tracker, Budget("week", DOLLAR, "week"), week_start="saturday 08:00")
    assert ("2026-11-21T08:00:00.000Z", 5 * DOLLAR) == (to_iso(found.start), found.used)


def test_what_is_expected_follows_from_the_history_of_the_same_project(tracker: Tracker) -> None:
    """$7 and $2 of the shop in 493 full hours, 11 of which are left of 30 days after noon."""
    shop, everything = budgets(
        tracker, Budget("shop", 20 * DOLLAR, "month", "shop"), Budget("all", 20 * DOLLAR, "month")
    )
    hours = 8 * 24 + 12
    assert round(9 * DOLLAR + 9 / 493 * hours * DOLLAR) == shop.expected
    assert round(17 * DOLLAR + 17 / 493 * hours * DOLLAR) == everything.expected
    assert (shop.chance or 0) < (everything.chance or 0)


def test_the_history_is_kept_until_the_next_hour(tracker: Tracker) -> None:
    reader = Reader(tracker.database)
    with reader.view() as connection:
        assert connection is not None
        before = reader.hours.spending(connection, NOON, "shop")
        assert isinstance(before, HourlySpending)
        assert before is reader.hours.spending(connection, NOON + HOUR - 1, "shop")
        assert 494 == getattr(reader.hours.spending(connection, NOON + HOUR, "shop"), "hours", None)
    reader.close()


def test_without_budgets_nothing_is_computed(tracker: Tracker) -> None:
    assert [] == budgets(tracker)


def test_json() -> None:
    known = BudgetUse(Budget("work", 200 * DOLLAR, "month", "shop"), NOON - DAY, NOON, 50 * DOLLAR, 0.5, 90 * DOLLAR)
    early = BudgetUse(Budget("all", 5 * DOLLAR, "day"), NOON - DAY, NOON, 6 * DOLLAR)
    span = {"start": "2026-11-21T12:00:00.000Z", "end": "2026-11-22T12:00:00.000Z", "cost_basis": "list_price_estimate"}
    assert [
        {
            "name": "work", "per": "month", "project": "shop", "limit_usd": 200.0, "used_usd": 50.0, "used_ratio": 0.25,
            "state": "too_early", "chance_ratio": 0.5, "expected_usd": 90.0, **span,
        },
        {
            "name": "all", "per": "day", "project": None, "limit_usd": 5.0, "used_usd": 6.0, "used_ratio": 1.2,
            "state": "reached", "chance_ratio": None, "expected_usd": None, **span,
        },
    ] == budgets_json([known, early])  # fmt: skip
