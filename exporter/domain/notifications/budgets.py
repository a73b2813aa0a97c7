"""The warnings about budgets: one by pace and one when it is reached, each once per period."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from exporter.domain.calendar.clock import duration
from exporter.domain.limits.budget import BudgetUse
from exporter.domain.limits.steady import is_warned
from exporter.domain.notifications.warning import Kind, Notification, WarningKey
from exporter.domain.usage.pricing import usd


def budget_notifications(budgets: Iterable[BudgetUse], now: int, sent: Sequence[WarningKey]) -> list[Notification]:
    """The notifications about budgets to send now (ms) that were not sent in this period yet.

    Once a budget is reached, no pace is warned of. A warning by pace that was withdrawn may be sent again.
    """
    sent = [one for one in sent if not (one.is_withdrawn and one.kind == "budget_pace")]
    due = (_notification(one, now) for one in budgets if one.end > now)
    return [one for one in due if one is not None and not any(one.key.is_same_warning(known) for known in sent)]


def _notification(use: BudgetUse, now: int) -> Notification | None:
    budget, left = use.budget, duration(use.end - now)
    limit, used = _money(budget.limit), _money(use.used)
    if use.state == "reached":
        text = f"{used} used {budget.this_period}; the next {budget.per} starts in {left}."
        return Notification(_key("budget_reached", use), "warning", f"Budget {budget.name}: {limit} reached", text)
    if use.state == "runs_out" and use.expected is not None:
        text = f"{used} used {budget.this_period}, about {_money(use.expected)} by its end in {left}."
        title = f"Budget {budget.name}: {limit} will probably not last"
        return Notification(_key("budget_pace", use), "warning", title, text)
    return None


def _key(kind: Kind, use: BudgetUse) -> WarningKey:
    return WarningKey(kind, use.budget.name, use.end)


def _money(nano: int) -> str:
    return f"${usd(nano):,.2f}"


def withdrawn_budgets(budgets: Iterable[BudgetUse], sent: Sequence[WarningKey]) -> list[WarningKey]:
    """The warnings by pace that were sent, and are so unlikely now that they hold no longer."""
    unlikely = {
        (one.budget.name, one.end)
        for one in budgets
        if one.state != "reached" and not is_warned(one.chance or 0.0, before=True)
    }
    return [
        key
        for key in sent
        if key.kind == "budget_pace" and not key.is_withdrawn and (key.subject, key.until) in unlikely
    ]
