"""What is one hit, and how large a window is."""

from __future__ import annotations

import pytest

from exporter.domain.calendar.timestamp import DAY, HOUR, MINUTE
from exporter.domain.limits.hit import Hit, is_same_hit, merge_hits

T = 100 * DAY
FIVE, WEEK, FABLE = "five_hour", "seven_day", "seven_day_fable"

ONE = [
    pytest.param(Hit(FIVE, T, T + HOUR), Hit(FIVE, T + 9, T + HOUR), True, id="the same reset"),
    pytest.param(Hit(FIVE, T, T + HOUR), Hit(FIVE, T, T + HOUR + 10 * MINUTE), True, id="ten minutes apart"),
    pytest.param(Hit(FIVE, T, T + HOUR), Hit(FIVE, T, T + HOUR + 11 * MINUTE), False, id="eleven minutes apart"),
    pytest.param(Hit(FIVE, T, T + HOUR), Hit(WEEK, T, T + HOUR), False, id="another window"),
    pytest.param(Hit(FIVE, T, T + HOUR), Hit(FIVE, T + 59 * MINUTE, None), True, id="before a known reset"),
    pytest.param(Hit(FIVE, T, T + HOUR), Hit(FIVE, T + HOUR, None), False, id="after it"),
    pytest.param(Hit(FIVE, T, T + HOUR), Hit(FIVE, T - 4 * HOUR, None), True, id="in the same window, found late"),
    pytest.param(Hit(FIVE, T, T + HOUR), Hit(FIVE, T - 4 * HOUR - 1, None), False, id="in the window before"),
    pytest.param(Hit(FIVE, T, None), Hit(FIVE, T + 10, T + HOUR), True, id="its reset becomes known"),
    pytest.param(Hit(FIVE, T, None), Hit(FIVE, T + 6 * HOUR, T + 10 * HOUR), False, id="the next window's reset"),
    pytest.param(Hit(FIVE, T, None), Hit(FIVE, T + 5 * HOUR - 1, None), True, id="no reset known, within a window"),
    pytest.param(Hit(FIVE, T, None), Hit(FIVE, T + 5 * HOUR, None), False, id="no reset known, a window later"),
    pytest.param(Hit(WEEK, T, None), Hit(WEEK, T + 6 * DAY, None), True, id="a week is a window too"),
    pytest.param(
        Hit("seven_day_fable", T, None), Hit("seven_day_fable", T + 6 * DAY, None), True, id="a family's week"
    ),
    pytest.param(Hit("spend", T, None), Hit("spend", T + DAY - 1, None), True, id="spending, within a day"),
    pytest.param(Hit("spend", T, None), Hit("spend", T + DAY, None), False, id="spending, a day later"),
    pytest.param(Hit("spend", T, T + 30 * DAY), Hit("spend", T + 9 * DAY, None), True, id="spending in the same month"),
    pytest.param(Hit("spend", T, T + DAY), Hit("spend", T + 9 * DAY, None), False, id="spending in the next month"),
]


@pytest.mark.parametrize(("stored", "reported", "expected"), ONE)
def test_whether_two_reports_are_one_hit(stored: Hit, reported: Hit, expected: bool) -> None:
    assert expected is is_same_hit(stored, reported)


def test_two_reports_of_one_hit_are_merged() -> None:
    early, late = Hit(FIVE, T, None, "reading"), Hit(FIVE, T + 5, T + HOUR)
    assert Hit(FIVE, T, T + HOUR, "reading") == merge_hits(early, late) == merge_hits(late, early)
