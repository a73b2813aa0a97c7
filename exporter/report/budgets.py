"""The lines of `limits` and `status` about the user's budgets."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import tzinfo

from rich.text import Text

from exporter.domain.limits.budget import BudgetUse
from exporter.domain.text import visible
from exporter.report.formatting import format_about, format_day_and_clock, format_money


def budget_lines(budgets: Iterable[BudgetUse], zone: tzinfo | None) -> list[Text]:
    """A line for each budget, with times in `zone` (None: the machine's)."""
    return [_line(one, zone) for one in budgets]


def _line(use: BudgetUse, zone: tzinfo | None) -> Text:
    budget = use.budget
    whose = f" in {visible(budget.project)}" if budget.project is not None else ""
    used = f"{format_money(use.used)} of {format_money(budget.limit)} {budget.this_period}{whose}"
    line = Text(f"Budget {visible(budget.name)}: {used} ({100 * use.ratio:.0f} %)")
    end = format_day_and_clock(use.end, zone)
    about = f"about {format_about(use.expected)} by {end}" if use.expected is not None else f"until {end}"
    match use.state:
        case "reached":
            line.stylize("bold red")
            return line.append(f"; reached, the next {budget.per} starts {end}")
        case "runs_out":
            line.stylize("bold yellow")
            return line.append(f"; will probably not last: {about}")
        case _:
            return line.append(f"; {about}")
