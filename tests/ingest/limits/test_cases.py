"""The cases of public reports about limits and readings, where the folder with them exists."""

from __future__ import annotations

import shutil
from pathlib import Path

from exporter.domain.calendar.timestamp import HOUR, parse
from exporter.store.limits import hits, raises
from support.machine import Machine
from support.services import shared_dir

NOW = 1_795_693_886_000
"""2026-11-26T11:51:26Z: the times of the cases were right then."""
ALWAYS = (0, 1 << 60)


def machine(case: str, tmp_path: Path, *folders: str) -> Machine:
    root = tmp_path / "case"
    for folder in folders:
        shutil.copytree(shared_dir() / "cases" / case / folder, root / folder)
    on = Machine(root, *folders, now=NOW)
    on.read()
    return on


def hand_over(on: Machine, case: str, number: int) -> None:
    """A status line of the case, a minute after the one before."""
    on.now = NOW + (number + 1) * 60_000
    on.spool(
        (shared_dir() / "cases" / case / f"statusline-{number}.json")
        .read_bytes()
        .replace(b"/CASE", str(on.root).encode())
    )
    on.read()


def percents(on: Machine) -> list[dict[str, float]]:
    return [{name: percent for name, (percent, _) in own.items()} for own in on.shown().values()]


def test_every_window_of_the_cached_answer(tmp_path: Path) -> None:
    with machine("limits-array", tmp_path, "claude") as on:
        assert [{"five_hour": 44, "seven_day": 41}] == percents(on)


def test_limits_reached_from_records(tmp_path: Path) -> None:
    with machine("quota-limits", tmp_path, "claude") as on:
        found = [(one.hit.window, one.hit.resets_at) for one in hits.between(on.tracker.connection, *ALWAYS)]
        assert [
            ("five_hour", parse("2026-11-20T16:50:00Z")),
            ("seven_day", parse("2026-11-23T00:00:00Z")),
            ("seven_day_fable", parse("2026-11-24T06:00:00Z")),
        ] == found


def test_two_accounts_are_never_mixed(tmp_path: Path) -> None:
    with machine("two-accounts", tmp_path, "work", "home") as on:
        assert [{"five_hour": 80, "seven_day": 40}, {"five_hour": 10, "seven_day": 5}] == sorted(
            percents(on), key=lambda own: -own["five_hour"]
        )
        for number in range(3):
            hand_over(on, "two-accounts", number)
        work, home = sorted(on.shown().values(), key=lambda own: -own["five_hour"][0])
        assert {"five_hour": (81, NOW + HOUR), "seven_day": (40, NOW + 48 * HOUR)} == _rounded(work)
        assert {"five_hour": (11, NOW + 4 * HOUR), "seven_day": (5, NOW + 72 * HOUR)} == _rounded(home)


def _rounded(windows: dict[str, tuple[float, int | None]]) -> dict[str, tuple[float, int]]:
    return {name: (percent, (reset or 0) // 1000 * 1000) for name, (percent, reset) in windows.items()}


def test_a_reset_that_moved_forward(tmp_path: Path) -> None:
    with machine("reset-moved-forward", tmp_path, "claude") as on:
        for number in range(3):
            hand_over(on, "reset-moved-forward", number)
        assert [{"five_hour": (32, 1_795_711_826_000)}] == list(on.shown().values())


def test_an_early_reset_at_the_same_time(tmp_path: Path) -> None:
    with machine("early-reset-same-time", tmp_path, "claude") as on:
        for number in range(5):
            hand_over(on, "early-reset-same-time", number)
        assert [{"five_hour": 2, "seven_day": 2}] == percents(on)
        assert () == on.current().lockouts
        assert [("five_hour", 1.0, 0.0), ("seven_day", 0.6, 0.0)] == [
            (one.window, one.before, one.after) for one in raises.between(on.tracker.connection, *ALWAYS)
        ]
        (stored,) = hits.between(on.tracker.connection, *ALWAYS)
        assert 60_000 == stored.locked_ms


def test_a_status_line_with_a_byte_order_mark(tmp_path: Path) -> None:
    with machine("statusline-bom", tmp_path, "claude") as on:
        for name, percent in (("in-utf-8-sig", 33), ("in-utf-16", 34)):
            on.now += 60_000
            on.spool((shared_dir() / "cases" / "statusline-bom" / name).read_bytes())
            on.read()
            assert [percent] == [own["five_hour"] for own in percents(on)]
