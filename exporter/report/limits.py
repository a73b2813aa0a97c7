"""The tables of `limits`, and the lines of it that `status` shows."""

from __future__ import annotations

from datetime import tzinfo

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from exporter.domain.calendar.timestamp import MINUTE
from exporter.domain.limits.hit import Hit
from exporter.domain.limits.reading import name_of
from exporter.report.formatting import date_and_clock, day_and_clock, duration, money, shortly
from exporter.snapshot.limits.current import LimitPart, TokenLimit
from exporter.snapshot.limits.limit_history import PastHit, PastLimits
from exporter.snapshot.periods import MonthPart, WeekPart
from exporter.snapshot.take import Current

UNPRICED = " + ?"


def limits(current: Current, past: PastLimits | None, source: str, zone: tzinfo | None = None) -> Group:
    """What `claude-tracker limits` prints. `past`: None where it was not asked for."""
    parts: list[RenderableType] = [limit_lines(current, zone)]
    if past is not None:
        parts += [Text(), _hits(past.hits, zone), Text(), _readings(past, zone)]
    notes = "Costs are estimates by list price.\n"
    if current.month.unpriced or any(use.unpriced for use in current.week.families):
        notes += "+ ?: some tokens have no known price and are in no cost.\n"
    return Group(*parts, Text(), Text(notes + source, style="dim"))


def limit_lines(current: Current, zone: tzinfo | None) -> RenderableType:
    """A line for each limit, one for each lock-out, the block's limit, the week and the month."""
    now = current.as_of
    lines = [_limit(limit, now, zone) for limit in current.limits]
    if not lines:
        lines.append(Text("No official reading of your limits is valid now.", style="bold"))
    lines += [_lockout(hit, now, zone) for hit in current.lockouts]
    if current.block is not None and current.block.limit is not None and current.block.limit.basis == "custom":
        lines.append(_token_limit(current.block.limit, current.block.figures.remaining_s))
    return Group(*lines, _week(current.week, zone), _month(current.month))


def _limit(limit: LimitPart, now: int, zone: tzinfo | None) -> Text:
    about = "" if limit.basis == "official" else "about "
    line = Text(f"{name_of(limit.window)}: {about}{100 * limit.utilization:.0f} % used", style="bold")
    if limit.resets_at is not None:
        reset = (limit.resets_at + MINUTE // 2) // MINUTE * MINUTE  # as the block's end is told
        line.append(f", reset {day_and_clock(reset, zone)}, in {duration((reset - now) / 1000)}", style="not bold")
    if limit.is_full_before_reset(now) and limit.full_in_s is not None:
        line.append(f"; full in about {duration(limit.full_in_s)} at this pace", style="bold")
    told = f"{limit.source}, {duration((now - limit.observed_at) / 1000)} ago"
    if limit.basis == "estimated" and limit.size is not None:
        told = f"estimate from {limit.size.observations} readings"
    line.append(f" ({told})", style="not bold dim")
    return line


def _lockout(hit: Hit, now: int, zone: tzinfo | None) -> Text:
    until = ""
    if hit.resets_at is not None:
        left = duration((hit.resets_at - now) / 1000)
        until = f", locked out until {day_and_clock(hit.resets_at, zone)}, {left} more"
    return Text(f"{name_of(hit.window)}: limit reached {day_and_clock(hit.at, zone)}{until}", style="bold red")


def _token_limit(limit: TokenLimit, remaining_s: float) -> Text:
    line = Text(f"Block limit of yours: {shortly(limit.used)} of {shortly(limit.tokens)} tokens used", style="bold")
    if limit.full_in_s is not None and limit.full_in_s < remaining_s:
        line.append(f", full in about {duration(limit.full_in_s)} at this pace", style="not bold")
    return line


def _week(week: WeekPart, zone: tzinfo | None) -> Text:
    span, cost = week.span, sum(use.cost for use in week.families)
    when = "Last seven days"
    if span.basis != "trailing":
        when = f"Week ({span.basis}), {day_and_clock(span.start, zone)} to {day_and_clock(span.end, zone)}"
    line = Text(f"{when}: {money(cost)}{UNPRICED if any(use.unpriced for use in week.families) else ''}")
    projected = [use.projected_cost for use in week.families if use.projected_cost is not None]
    if projected:
        line.append(f", at its end about {money(sum(projected))} (projection)")
    shares = [f"{use.family} {100 * use.share:.0f} %" for use in week.families if use.share]
    if shares:
        line.append(f"; {', '.join(shares)}")
    return line


def _month(month: MonthPart) -> Text:
    line = Text(f"This month: {money(month.cost)}{UNPRICED if month.unpriced else ''}")
    return line.append(f", at its end about {money(month.projected_cost)} (projection)")


def _hits(hits: tuple[PastHit, ...], zone: tzinfo | None) -> RenderableType:
    if not hits:
        return Text("No limit was ever reached, as far as anything told.")
    table = Table(
        title="Limits reached, and what was used by then",
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
        hit = past.hit
        locked = duration(hit.locked_ms(hit.resets_at) / 1000) if hit.resets_at is not None else "?"
        in_block = shortly(past.block_tokens), money(past.block_cost)
        in_week = shortly(past.week_tokens), money(past.week_cost)
        table.add_row(date_and_clock(hit.at, zone), name_of(hit.window), locked, *in_block, *in_week)
    return table


def _readings(past: PastLimits, zone: tzinfo | None) -> Table:
    table = Table(title="Readings", title_justify="left", title_style="bold", box=None, padding=(0, 1, 0, 0))
    for name in ("Told", "Window", "Used", "Reset", "Source"):
        table.add_column(name, no_wrap=True)
    for reading, _, used in past.readings:
        reset = day_and_clock(reading.resets_at, zone) if reading.resets_at is not None else "?"
        told = f"{reading.source}{'' if used else ' (not used)'}"
        share = f"{100 * reading.utilization:.0f} %"
        table.add_row(day_and_clock(reading.observed_at, zone), name_of(reading.window), share, reset, told)
    return table
