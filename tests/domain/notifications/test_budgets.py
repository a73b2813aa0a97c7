"""The warnings about budgets: their texts, each once per period, and Alertmanager's of the same budget."""

from __future__ import annotations

import msgspec
import pytest

from exporter.domain.calendar.timestamp import DAY, HOUR, MINUTE
from exporter.domain.limits.budget import Budget, BudgetUse
from exporter.domain.notifications.alert import Alert, is_already_sent
from exporter.domain.notifications.budgets import budget_notifications, withdrawn_budgets
from exporter.domain.notifications.warning import WarningKey
from support.snapshots import NOON

DOLLAR = 10**9
END = NOON + 9 * DAY + HOUR
LIKELY = BudgetUse(Budget("work", 200 * DOLLAR, "month"), END - 30 * DAY, END, 140 * DOLLAR, 0.84, 260_400_000_000)
REACHED = msgspec.structs.replace(LIKELY, used=203_104_000_000, chance=1.0, expected=300 * DOLLAR)
PACE = WarningKey("budget_pace", "work", END)


@pytest.mark.parametrize(
    ("use", "expected"),
    [
        pytest.param(
            LIKELY,
            [
                (
                    PACE,
                    "Budget work: $200.00 will probably not last: $140.00 used this month, about $260.40 by its end"
                    " in 9 d 1 h.",
                )
            ],
            id="by pace",
        ),
        pytest.param(
            REACHED,
            [
                (
                    WarningKey("budget_reached", "work", END),
                    "Budget work: $200.00 reached: $203.10 used this month; the next month starts in 9 d 1 h.",
                )
            ],
            id="reached, and no pace any more",
        ),
        pytest.param(msgspec.structs.replace(LIKELY, chance=0.64), [], id="not likely enough"),
        pytest.param(msgspec.structs.replace(LIKELY, chance=None, expected=None), [], id="too little is known"),
        pytest.param(msgspec.structs.replace(REACHED, end=NOON), [], id="a period that is over"),
    ],
)
def test_texts(use: BudgetUse, expected: list[tuple[WarningKey, str]]) -> None:
    assert expected == [(one.key, str(one)) for one in budget_notifications([use], NOON, [])]


@pytest.mark.parametrize(
    ("left", "expected"), [(90 * MINUTE, "in 1 h 30 min."), (48 * HOUR, "in 2 d."), (59 * MINUTE, "in 59 min.")]
)
def test_time_left(left: int, expected: str) -> None:
    (found,) = budget_notifications([msgspec.structs.replace(LIKELY, end=NOON + left)], NOON, [])
    assert found.text.endswith(expected)


def test_a_warning_by_pace_is_withdrawn_only_when_it_is_unlikely() -> None:
    unlikely = msgspec.structs.replace(LIKELY, chance=0.34)
    assert [] == withdrawn_budgets([msgspec.structs.replace(LIKELY, chance=0.36)], [PACE])
    assert [PACE] == withdrawn_budgets([unlikely], [PACE])
    assert [] == withdrawn_budgets([REACHED], [PACE])
    gone = msgspec.structs.replace(PACE, is_withdrawn=True)
    assert [] == withdrawn_budgets([unlikely], [gone])
    assert [PACE] == [one.key for one in budget_notifications([LIKELY], NOON, [gone])]


def test_each_is_sent_once_per_period_and_per_budget() -> None:
    other = msgspec.structs.replace(LIKELY, budget=Budget("home", 50 * DOLLAR, "month"))
    assert ["home"] == [one.key.subject for one in budget_notifications([LIKELY, other], NOON, [PACE])]
    later = msgspec.structs.replace(LIKELY, end=END + 30 * DAY)
    assert 1 == len(budget_notifications([later], END + DAY, [PACE]))


ALERT = Alert("f1", NOON, "warning", "Budget work reached", "104 %", "budget_reached", budget="work")


@pytest.mark.parametrize(
    ("sent", "is_one"),
    [
        pytest.param(WarningKey("budget_reached", "work", END), True, id="the same budget"),
        pytest.param(WarningKey("budget_reached", "home", END), False, id="another budget"),
        pytest.param(WarningKey("budget_reached", "work", NOON), False, id="of the period before"),
        pytest.param(PACE, False, id="its pace says less"),
    ],
)
def test_an_alert_of_the_same_budget_is_not_sent_again(sent: WarningKey, *, is_one: bool) -> None:
    assert is_one is is_already_sent(ALERT, [sent], NOON)
