"""What is said of an account: its verdict in one line, and its windows as bars."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import tzinfo

from rich.cells import cell_len
from rich.text import Text

from exporter.domain.forecast.verdict import State
from exporter.domain.forecast.window import REACHED
from exporter.report.gauge import colour_of, layout_of, legend, window_row
from exporter.snapshot.limit_parts import HitPart, LimitPart
from exporter.snapshot.parts import AccountPart

MOST_WIDTH = 110
"""Wider lines are harder to read."""
SIGNS = {"lasts": "✓", "runs_out": "▲", "beyond": "▲", "reached": "■", "too_early": "○", "not_known": "○"}
_STOPS = {"lasts": ": about", "runs_out": ", ", "reached": " (", "beyond": " ("}
"""Where the headline of a sentence stops."""
_URGENCY: tuple[State, ...] = ("reached", "runs_out", "beyond")


def account_title(account: AccountPart) -> str:
    """What an account is called: the user's name for it, else its label."""
    return account.name if account.name != account.label else f"account {account.label}"


def sentence_of(account: AccountPart, *, named: bool) -> str:
    """What the verdict says. `named`: with the account, of several."""
    whose = f"{account_title(account)}: " if named else ""
    return f"{whose}{account.verdict.sentence}"


def by_urgency(accounts: Sequence[AccountPart]) -> list[AccountPart]:
    """The one that binds first at the front: reached, then the first to run out, then the fullest by its reset."""

    def key(account: AccountPart) -> tuple[int, float, float, str]:
        forecast = account.verdict.forecast
        rank = _URGENCY.index(forecast.state) if forecast.state in _URGENCY else len(_URGENCY)
        share = next((one.utilization for one in account.limits if one.window == account.verdict.window), 0.0)
        used = share if forecast.projected is None else forecast.projected
        return rank, forecast.runs_out_at or float("inf"), -used, account.label

    return sorted(accounts, key=key)


def verdict_line(account: AccountPart, fresh: str, now: int, width: int, *, named: bool = False) -> Text:
    """The verdict in its colour, the part after the headline plain; `fresh` at the right, where there is room.

    `named`: with the account, of several.
    """
    verdict = account.verdict
    state, sentence = verdict.forecast.state, verdict.sentence
    stop = sentence.find(_STOPS.get(state, "\0"))
    head, rest = (sentence, "") if stop < 0 else (sentence[:stop], sentence[stop:])
    colour = f"bold {colour_of(verdict.forecast, now)}".strip()
    line = Text.assemble((SIGNS[state], colour), " ")
    if named:
        line.append(f"{account_title(account)}: ", "bold")
    line.append(head, colour)
    line.append(rest)
    gap = width - cell_len(line.plain) - cell_len(fresh)
    return line.append(" " * gap + fresh, "dim") if fresh and gap >= 2 else line


def windows(account: AccountPart, now: int, zone: tzinfo | None, width: int) -> list[Text]:
    """A bar for each window, and what its parts mean. Nothing where no limit is known."""
    limits = [*account.limits, *_reached(account.lockouts, account.limits)]
    if not limits:
        return []
    layout = layout_of(limits, width)
    binding = account.verdict.window if len(limits) > 1 else None
    rows = [window_row(one, now, zone, layout, binds=one.window == binding) for one in limits]
    return [*rows, legend(limits, now, layout, width)]


def _reached(lockouts: Iterable[HitPart], limits: Sequence[LimitPart]) -> Iterable[LimitPart]:
    """Limits of which only a text said that they are reached."""
    known = {limit.window for limit in limits}
    for part in lockouts:
        hit = part.hit
        if hit.window not in known:
            yield LimitPart(hit.window, part.label, 1.0, "official", "text", hit.at, hit.resets_at, forecast=REACHED)
