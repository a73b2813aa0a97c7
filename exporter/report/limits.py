"""The report of `limits`, and the part of it that `status` shows."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import tzinfo

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.text import Text

from exporter.domain.calendar.clock import whole_minute
from exporter.domain.limits.naming import surface_name
from exporter.domain.limits.reading import window_name
from exporter.domain.text import visible
from exporter.report.budgets import budget_lines
from exporter.report.formatting import (
    format_about,
    format_clock,
    format_cost,
    format_day_and_clock,
    format_duration,
    format_money,
    format_short,
    whole_shares,
)
from exporter.report.limit_history import history
from exporter.report.verdict import MOST_WIDTH, account_title, verdict_line, windows
from exporter.report.weeks import week_in_sessions
from exporter.snapshot.limit_parts import HitPart, TokenLimit, VerdictPart
from exporter.snapshot.limits.limit_history import PastLimits
from exporter.snapshot.parts import AccountPart, Current, MonthPart, WeekPart


def limits(
    current: Current, past: PastLimits | None, source: str, zone: tzinfo | None = None, width: int = MOST_WIDTH
) -> Group:
    """The output of `claude-tracker limits`. `past`: None without --history. `width`: columns."""
    parts: list[RenderableType] = [limit_lines(current, zone, min(width, MOST_WIDTH), with_extras=True)]
    if past is not None:
        parts += [Text(), history(past, current.accounts, zone, width)]
    notes = "Costs are estimates by list price.\n"
    if current.month.unpriced or any(use.unpriced for use in current.week.families):
        notes += "+ ?: plus tokens whose price is not known.\n"
    return Group(*parts, Text(), Text(notes + visible(source), style="dim"))


def limit_lines(
    current: Current, zone: tzinfo | None, width: int = MOST_WIDTH, *, with_extras: bool = False
) -> RenderableType:
    """The verdict, a bar for each window, lockouts, the block's token limit, the week and the month.

    Several accounts are apart, each under its name and with its running block. `with_extras`: also credits used and
    the week by surface.
    """
    now = current.as_of
    several = len(current.accounts) > 1
    lines: list[RenderableType] = []
    for account in current.accounts:
        own: list[Text] = [verdict_line(account, "", now, width), *_elsewhere(account.verdict)]
        own += windows(account, now, zone, width - 2 if several else width)
        own += [_lockout(hit, now, zone) for hit in account.lockouts]
        if account.uses_overage and account.verdict.forecast.state != "beyond":
            own.append(Text("A limit is reached; work goes on beyond it.", style="bold yellow"))
        if with_extras:
            own += _extras(account)
        lines += _grouped(account, own, zone) if several else own
    if current.block is not None and current.block.limit is not None and current.block.limit.basis == "custom":
        lines.append(_token_limit(current.block.limit))
    whose = f" of {visible(account_title(current.accounts[0]))}" if several else ""
    return Group(*lines, _week(current.week, whose, zone), _month(current.month), *budget_lines(current.budgets, zone))


def _grouped(account: AccountPart, lines: Sequence[Text], zone: tzinfo | None) -> list[RenderableType]:
    """The lines of one of several accounts, under its name."""
    title = visible(account_title(account))
    head = Text(title[:1].upper() + title[1:] if account.name == account.label else title, style="bold")
    if account.is_current:
        head.append(" (in use)", style="not bold")
    block = account.block
    text = "No active 5-hour block."
    if block is not None:
        text = f"5-hour block ({block.basis}) to {format_clock(block.end, zone)}: "
        text += f"{format_short(block.tokens.total)} tokens, {format_money(sum(use.cost for use in block.models))}"
    return [head, *(Padding(line, (0, 0, 0, 2), expand=False) for line in (Text(text), *lines))]


def _extras(account: AccountPart) -> list[Text]:
    """Credits used, by currency, the week by surface, and the week in 5-hour windows."""
    lines = []
    for one in account.credits:
        limit = f" of {one.limit:,.2f}" if one.limit is not None else ""
        lines.append(Text(f"Credits used: {one.used:,.2f}{limit} {visible(one.currency)}"))
    if account.surfaces:
        sorted_shares = sorted(account.surfaces, key=lambda one: -one.share)
        shares = ", ".join(f"{surface_name(one.surface)} {100 * one.share:.0f} %" for one in sorted_shares)
        lines.append(Text(f"Week by surface: {shares}"))
    if account.window_cost is not None:
        lines.append(week_in_sessions(account.window_cost, account.windows_left))
    return lines


def _elsewhere(verdict: VerdictPart) -> list[Text]:
    """What was used elsewhere, where that is clear."""
    return [Text(f"  {verdict.elsewhere}", "dim")] if verdict.elsewhere is not None else []


def _lockout(part: HitPart, now: int, zone: tzinfo | None) -> Text:
    hit = part.hit
    until = ""
    if hit.resets_at is not None:
        reset = whole_minute(hit.resets_at)
        until = f", locked out until {format_day_and_clock(reset, zone)} ({_lasting(reset - now)} left)"
    return Text(
        f"{window_name(hit.window)}: limit reached {format_day_and_clock(hit.at, zone)}{until}", style="bold red"
    )


def _lasting(ms: int) -> str:
    """Of a time that may be over by a rounded minute, or ahead by another program's clock."""
    return format_duration(max(0, ms) / 1000)


def _token_limit(limit: TokenLimit) -> Text:
    used = f"{format_short(limit.used)} of {format_short(limit.tokens)} tokens used"
    return Text(f"Your block limit: {used}", style="bold")


def _week(week: WeekPart, whose: str, zone: tzinfo | None) -> Text:
    span, cost = week.span, sum(use.cost for use in week.families)
    when = f"Last seven days{whose}"
    if span.basis != "trailing":
        start, end = format_day_and_clock(span.start, zone), format_day_and_clock(span.end, zone)
        when = f"Week{whose} ({span.basis}), {start} to {end}"
    line = Text(f"{when}: {format_cost(cost, lacks=any(use.unpriced for use in week.families))}")
    projected = [use.projected_cost for use in week.families if use.projected_cost is not None]
    if projected:
        line.append(f", projected {format_about(sum(projected))}")
    used = [use for use in week.families if use.share]
    if used:
        shares = whole_shares([use.share or 0.0 for use in used])
        line.append(f"; {', '.join(f'{use.family} {share}' for use, share in zip(used, shares, strict=True))}")
    return line


def _month(month: MonthPart) -> Text:
    line = Text(f"This month: {format_cost(month.cost, lacks=month.unpriced)}")
    return line.append(f", projected {format_money(month.projected_cost)}")
