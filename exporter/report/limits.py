"""The report of `limits`, and the part of it that `status` shows."""

from __future__ import annotations

from datetime import tzinfo

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from exporter.domain.calendar.timestamp import MINUTE
from exporter.domain.limits.reading import window_name
from exporter.domain.text import visible
from exporter.report.formatting import (
    format_count,
    format_date_and_clock,
    format_day_and_clock,
    format_duration,
    format_money,
    format_short,
)
from exporter.snapshot.limits.limit_history import PastHit, PastLimits
from exporter.snapshot.parts import (
    AccountPart,
    Current,
    HitPart,
    LimitPart,
    MonthPart,
    RaisePart,
    TokenLimit,
    WeekPart,
)

UNPRICED = " + ?"


def limits(current: Current, past: PastLimits | None, source: str, zone: tzinfo | None = None) -> Group:
    """The output of `claude-tracker limits`. `past`: None without --history."""
    parts: list[RenderableType] = [limit_lines(current, zone)]
    if past is not None:
        parts += [Text(), _hits(past.hits, zone)]
        if past.raises:
            parts += [Text(), _raises(past.raises, zone)]
        parts += [Text(), _readings(past, zone)]
    notes = "Costs are estimates by list price.\n"
    if current.month.unpriced or any(use.unpriced for use in current.week.families):
        notes += "+ ?: plus tokens whose price is not known.\n"
    return Group(*parts, Text(), Text(notes + visible(source), style="dim"))


def limit_lines(current: Current, zone: tzinfo | None) -> RenderableType:
    """A line for each limit and lockout, the block's token limit, the week and the month."""
    now = current.as_of
    several = len(current.accounts) > 1
    lines: list[Text] = []
    for account in current.accounts:
        own = [_limit(limit, now, zone) for limit in account.limits]
        own += [_lockout(hit, now, zone) for hit in account.lockouts]
        if account.uses_overage:
            own.append(Text("A limit is reached; work goes on beyond it."))
        if several and own:
            own = [Text(visible(_account_name(account)), style="bold"), *(Text("  ").append_text(line) for line in own)]
        lines += own
    if not lines:
        lines.append(Text("Your limits aren't known yet. Run `claude-tracker setup statusline`.", style="bold"))
    if current.block is not None and current.block.limit is not None and current.block.limit.basis == "custom":
        lines.append(_token_limit(current.block.limit, current.block.figures.remaining_s))
    return Group(*lines, _week(current.week, zone), _month(current.month))


def _limit(limit: LimitPart, now: int, zone: tzinfo | None) -> Text:
    about = "" if limit.basis == "official" else "about "
    line = Text(f"{window_name(limit.window)}: {about}{100 * limit.utilization:.0f} % used", style="bold")
    if limit.resets_at is not None:
        reset = (limit.resets_at + MINUTE // 2) // MINUTE * MINUTE  # rounded like the block's end
        line.append(
            f", resets {format_day_and_clock(reset, zone)}, in {format_duration((reset - now) / 1000)}",
            style="not bold",
        )
    if limit.is_full_before_reset(now) and limit.full_in_s is not None:
        line.append(f"; full in about {format_duration(limit.full_in_s)} at this pace", style="bold")
    label = f"{limit.source}, {format_duration((now - limit.observed_at) / 1000)} ago"
    if limit.basis == "estimated" and limit.size is not None:
        label = f"estimated from {format_count(limit.size.observations, 'usage report')}"
    line.append(f" ({label})", style="not bold dim")
    return line


def _account_name(account: AccountPart) -> str:
    return f"Account {account.name}{' (in use)' if account.is_current else ''}"


def _lockout(part: HitPart, now: int, zone: tzinfo | None) -> Text:
    hit = part.hit
    until = ""
    if hit.resets_at is not None:
        left = format_duration((hit.resets_at - now) / 1000)
        until = f", locked out until {format_day_and_clock(hit.resets_at, zone)} ({left} left)"
    return Text(
        f"{window_name(hit.window)}: limit reached {format_day_and_clock(hit.at, zone)}{until}", style="bold red"
    )


def _token_limit(limit: TokenLimit, remaining_s: float) -> Text:
    line = Text(
        f"Your block limit: {format_short(limit.used)} of {format_short(limit.tokens)} tokens used", style="bold"
    )
    if limit.full_in_s is not None and limit.full_in_s < remaining_s:
        line.append(f", full in about {format_duration(limit.full_in_s)} at this pace", style="not bold")
    return line


def _week(week: WeekPart, zone: tzinfo | None) -> Text:
    span, cost = week.span, sum(use.cost for use in week.families)
    when = "Last seven days"
    if span.basis != "trailing":
        when = (
            f"Week ({span.basis}), {format_day_and_clock(span.start, zone)} to {format_day_and_clock(span.end, zone)}"
        )
    line = Text(f"{when}: {format_money(cost)}{UNPRICED if any(use.unpriced for use in week.families) else ''}")
    projected = [use.projected_cost for use in week.families if use.projected_cost is not None]
    if projected:
        line.append(f", projected {format_money(sum(projected))}")
    shares = [f"{use.family} {100 * use.share:.0f} %" for use in week.families if use.share]
    if shares:
        line.append(f"; {', '.join(shares)}")
    return line


def _month(month: MonthPart) -> Text:
    line = Text(f"This month: {format_money(month.cost)}{UNPRICED if month.unpriced else ''}")
    return line.append(f", projected {format_money(month.projected_cost)}")


def _hits(hits: tuple[PastHit, ...], zone: tzinfo | None) -> RenderableType:
    if not hits:
        return Text("No limit has been reached so far.")
    table = Table(
        title="Limits reached, with the usage until then",
        title_justify="left",
        title_style="bold",
        box=None,
        padding=(0, 1, 0, 0),
    )
    for name in ("Reached", "Window", "Locked out"):
        table.add_column(name)
    for name in ("Block tokens", "Block cost", "Week tokens", "Week cost"):
        table.add_column(name, justify="right")
    for past in hits:
        hit, locked_ms = past.part.hit, past.part.locked_ms
        locked = format_duration(locked_ms / 1000) if locked_ms is not None else "?"
        in_block = format_short(past.block_tokens), format_money(past.block_cost)
        in_week = format_short(past.week_tokens), format_money(past.week_cost)
        table.add_row(format_date_and_clock(hit.at, zone), window_name(hit.window), locked, *in_block, *in_week)
    return table


def _raises(raises: tuple[RaisePart, ...], zone: tzinfo | None) -> RenderableType:
    table = Table(title="Limits raised", title_justify="left", title_style="bold", box=None, padding=(0, 1, 0, 0))
    for name in ("Raised", "Window"):
        table.add_column(name)
    for name in ("Used before", "Used after"):
        table.add_column(name, justify="right")
    for part in raises:
        raised = part.raised
        shares = f"{100 * raised.before:.0f} %", f"{100 * raised.after:.0f} %"
        table.add_row(format_date_and_clock(raised.at, zone), window_name(raised.window), *shares)
    return table


def _readings(past: PastLimits, zone: tzinfo | None) -> RenderableType:
    if not past.readings:
        return Text("No usage reports from Claude in the last 30 days.")
    table = Table(
        title="Usage reports from Claude", title_justify="left", title_style="bold", box=None, padding=(0, 1, 0, 0)
    )
    for name in ("Reported", "Window", "Used", "Resets", "Source"):
        table.add_column(name, no_wrap=True)
    for one in past.readings:
        reading, used = one.reading, one.used
        reset = format_day_and_clock(reading.resets_at, zone) if reading.resets_at is not None else "?"
        label = f"{reading.source}{'' if used else ' (not used)'}"
        share = f"{100 * reading.utilization:.0f} %"
        table.add_row(format_day_and_clock(reading.observed_at, zone), window_name(reading.window), share, reset, label)
    return table
