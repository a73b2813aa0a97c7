"""The sentence of a verdict, the same on every face."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import tzinfo

import msgspec

from exporter.domain.calendar.clock import duration, moment, part_of_day, whole_minute
from exporter.domain.calendar.timestamp import MINUTE
from exporter.domain.forecast.window import Forecast
from exporter.domain.limits.hit import window_length_ms
from exporter.domain.limits.reading import FIVE_HOUR, Credits, window_name
from exporter.domain.percent import whole_percent

JUST_BEFORE_MS = 5 * MINUTE
NOT_KNOWN = "Limits not known yet. Turn on the status line: `claude-tracker setup statusline`"


class Said(msgspec.Struct, frozen=True):
    """A window and what is said of it. `share`: used, 0 to 1, None if not known; `resets_at`: ms, None if not known."""

    window: str
    forecast: Forecast
    share: float | None
    resets_at: int | None
    is_official: bool = True


def sentence(said: Said, now: int, zone: tzinfo | None, paid: Sequence[Credits] = ()) -> str:
    """What is said of a window at `now` (ms), in one sentence without a full stop. `paid`: used beyond the plan."""
    text = _text(said, now, zone, paid)
    if said.window == FIVE_HOUR or said.forecast.state == "not_known":
        return text
    return f"{window_name(said.window)}: {text[:1].lower()}{text[1:]}"


def _text(said: Said, now: int, zone: tzinfo | None, paid: Sequence[Credits]) -> str:
    forecast, reset = said.forecast, _reset(said, now, zone)
    if forecast.state == "lasts":
        projected = whole_percent(100 * (forecast.projected or 0.0))
        return f"Lasts until the reset{reset}: about {projected} % used by then"
    if forecast.state == "runs_out":
        return f"Runs out {_when(said, now, zone)}"
    if forecast.state == "reached":
        return _reached(said, now, zone)
    if forecast.state == "beyond":
        return f"Limit reached; working on with extra usage{_paid(paid)}"
    if forecast.state == "too_early" and said.share is not None:
        return f"{share_text(said.share, is_official=said.is_official)} used; too early to say whether it lasts"
    return NOT_KNOWN


def share_text(share: float, *, is_official: bool) -> str:
    """`58 %`; an estimate as `about 58 %`, and never more than `over 100 %`."""
    if is_official:
        return f"{whole_percent(100 * share)} %"
    return "over 100 %" if share >= 1 else f"about {whole_percent(100 * share)} %"


def _reset(said: Said, now: int, zone: tzinfo | None) -> str:
    return f" at {moment(whole_minute(said.resets_at), now, zone)}" if said.resets_at is not None else ""


def _when(said: Said, now: int, zone: tzinfo | None) -> str:
    forecast, reset = said.forecast, f"the reset{_reset(said, now, zone)}"
    at, resets_at = forecast.runs_out_at or now, whole_minute(said.resets_at or now)
    if forecast.work_left is not None:
        return f"after about {forecast.work_left} more minutes of work, before {reset}"
    if window_length_ms(said.window) > window_length_ms(FIVE_HOUR):
        return f"about {part_of_day(at, now, zone)}, before {reset}"
    if resets_at - at < JUST_BEFORE_MS:
        return f"just before {reset}"
    return f"at about {moment(at, now, zone)}, {duration(resets_at - at)} before {reset}"


def _reached(said: Said, now: int, zone: tzinfo | None) -> str:
    if said.resets_at is None:
        return "Limit reached. When it is available again is not known"
    at = whole_minute(said.resets_at)
    return f"Limit reached. Available again at {moment(at, now, zone)} (in {duration(at - now)})"


def _paid(paid: Sequence[Credits]) -> str:
    parts = [
        f"{_money(one.used, one.currency)}{f' of {_money(one.limit, one.currency)}' if one.limit is not None else ''}"
        for one in paid
        if one.used > 0
    ]
    return f" ({', '.join(parts)})" if parts else ""


def _money(amount: float, currency: str) -> str:
    return f"${amount:,.2f}" if currency == "USD" else f"{amount:,.2f} {currency}"
