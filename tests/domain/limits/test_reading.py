"""Which reading holds, and which five-hour windows the readings and texts name."""

from __future__ import annotations

import pytest

from exporter.domain.blocks.block import Window
from exporter.domain.calendar.timestamp import HOUR, MINUTE, SECOND
from exporter.domain.limits.reading import Reading, latest_valid
from exporter.domain.limits.windows import ReportedReset, official_windows
from support.snapshots import NOON


def reading(percent: float, observed: int, resets: int | None = NOON + HOUR, source: str = "statusline") -> Reading:
    return Reading("five_hour", source, observed, percent / 100, resets)


@pytest.mark.parametrize(
    ("readings", "now", "expected"),
    [
        pytest.param([], NOON, None, id="nothing known"),
        pytest.param([reading(42, NOON)], NOON, 0.42, id="known"),
        pytest.param([reading(42, NOON)], NOON + HOUR, None, id="expired at its reset"),
        pytest.param([reading(42, NOON), reading(40, NOON - 1)], NOON, 0.42, id="the fresher wins"),
        pytest.param(
            [reading(42, NOON), reading(50, NOON + 1, None, "desktop")], NOON + MINUTE, 0.5, id="from any source"
        ),
        pytest.param(
            [reading(42, NOON), reading(50, NOON + 1, None, "desktop")],
            NOON + 15 * MINUTE + 1,
            0.42,
            id="one without a reset expires after 15 minutes",
        ),
        pytest.param(
            [reading(99, NOON, NOON + MINUTE), reading(98, NOON + 1, None, "desktop")],
            NOON + 2 * MINUTE,
            None,
            id="and as soon as a known reset has passed",
        ),
        pytest.param([reading(42, NOON + HOUR, None)], NOON, None, id="one from the future says nothing yet"),
    ],
)
def test_the_freshest_valid_reading(readings: list[Reading], now: int, expected: float | None) -> None:
    found = latest_valid(readings, now).get("five_hour")
    assert expected == (found.utilization if found is not None else None)


def t(hours: float) -> int:
    return NOON + round(hours * HOUR)


@pytest.mark.parametrize(
    ("reported", "windows"),
    [
        # 12:00 ▸ 16:10                  [11:10 ───── 16:10)
        pytest.param([ReportedReset(t(4) + 10 * MINUTE, NOON, True)], [(-50, 250)], id="an odd minute"),
        # 12:00 ▸ 16:00:04, 13:00 ▸ 15:59:58     [11:00 ───── 16:00)
        pytest.param(
            [ReportedReset(t(4) + 4 * SECOND, NOON, True), ReportedReset(t(4) - 2 * SECOND, t(1), True)],
            [(-60, 240)],
            id="wobbling",
        ),
        # 12:00 ▸ 16:00, 13:00 ▸ 16:09   [11:09 ───── 16:09)
        pytest.param(
            [ReportedReset(t(4), NOON, True), ReportedReset(t(4) + 9 * MINUTE, t(1), True)],
            [(-51, 249)],
            id="the latest gives",
        ),
        # 12:00 ▸ 16:00, 13:00 text ▸ 16:05      [11:00 ───── 16:00)
        pytest.param(
            [ReportedReset(t(4), NOON, True), ReportedReset(t(4) + 5 * MINUTE, t(1), False)],
            [(-60, 240)],
            id="a reading before a text",
        ),
        # 12:00 text ▸ 16:00, 13:00 ▸ 16:05      [11:05 ───── 16:05)
        pytest.param(
            [ReportedReset(t(4), NOON, False), ReportedReset(t(4) + 5 * MINUTE, t(1), True)],
            [(-55, 245)],
            id="a reading after a text",
        ),
        # 12:00 text ▸ 16:00             [11:00 ───── 16:00)
        pytest.param([ReportedReset(t(4), NOON, False)], [(-60, 240)], id="a text alone"),
        # 12:00 ▸ 17:10:01               more than 5 h 10 min ahead
        pytest.param([ReportedReset(t(5) + 10 * MINUTE + SECOND, NOON, True)], [], id="too far ahead"),
        # 12:00 ▸ 12:00                  invalid
        pytest.param([ReportedReset(NOON, NOON, True)], [], id="past its reset"),
        # 12:00 ▸ 16:00, 13:00 ▸ 16:30   [11:00 ─ 11:30)[11:30 ── 16:30)
        pytest.param(
            [ReportedReset(t(4), NOON, True), ReportedReset(t(4.5), t(1), True)],
            [(-60, -30), (-30, 270)],
            id="the later report wins",
        ),
        # 13:00 ▸ 16:00, 12:00 ▸ 16:30   [11:00 ── 16:00)[16:00 ─ 16:30)
        pytest.param(
            [ReportedReset(t(4), t(1), True), ReportedReset(t(4.5), NOON, True)],
            [(-60, 240), (240, 270)],
            id="also where it ends first",
        ),
        # 12:00 ▸ 16:00, 16:01 ▸ 21:00   [11:00 ── 16:00)[16:00 ── 21:00)
        pytest.param(
            [ReportedReset(t(4), NOON, True), ReportedReset(t(9), t(4) + MINUTE, True)],
            [(-60, 240), (240, 540)],
            id="two in a row",
        ),
    ],
)
def test_official_windows(reported: list[ReportedReset], windows: list[tuple[int, int]]) -> None:
    """Minutes from noon; each case in either order."""
    expected = [Window(NOON + start * MINUTE, NOON + end * MINUTE) for start, end in windows]
    assert expected == official_windows(reported)
    assert expected == official_windows(reversed(reported))
