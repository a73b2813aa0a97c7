"""Limits: windows, accounts, budgets and weeks."""

from __future__ import annotations

from typing import Literal

from exporter.web.shapes.shape import Shape
from exporter.web.shapes.usage import Month, Week


class Size(Shape, frozen=True, kw_only=True):
    """Estimated size of a window in cost-weighted tokens: weighted median and quartiles."""

    weighted_tokens: int
    lower_quartile: int
    upper_quartile: int
    observations: int


class TokenLimit(Shape, frozen=True, kw_only=True):
    """Token limit of the running block: tokens of all types if custom, cost-weighted tokens if estimated."""

    tokens: int
    used: int
    basis: Literal["custom", "official_calibrated"]
    estimated_size: Size | None


State = Literal["lasts", "runs_out", "reached", "beyond", "too_early", "not_known"]


class Forecast(Shape, frozen=True, kw_only=True):
    """What is said of a window. `chance_ratio`: that its limit is reached before its reset. `runs_out_at`: about when;
    in a pause, if work went on now, which then lasts `work_left_minutes`. `projected_ratio`: the used share at its
    reset. Null where it is not known.
    """

    state: State
    chance_ratio: float | None
    runs_out_at: str | None
    work_left_minutes: int | None
    projected_ratio: float | None


class Verdict(Forecast, frozen=True, kw_only=True):
    """What is said of an account: of the window that binds, the first to run out. `sentence`: for people, in the
    tracker's time zone; `elsewhere`: a second one, where much of it was clearly used elsewhere.
    """

    window: str | None
    sentence: str
    elsewhere: str | None


class Limit(Shape, frozen=True, kw_only=True):
    """How much of a window is used, official or estimated. `account`: ten hex digits of a hash, or `unknown`."""

    account: str
    window: str
    utilization_ratio: float
    basis: Literal["official", "estimated"]
    source: str
    observed_at: str
    resets_at: str | None
    estimated_size: Size | None
    binds: bool
    forecast: Forecast
    elsewhere_ratio: float | None


class Hit(Shape, frozen=True, kw_only=True):
    """A limit that was reached. `locked_out_seconds`: as long as requests were refused; of a lockout that runs, up to
    its reset.
    """

    account: str
    window: str
    at: str
    resets_at: str | None
    source: str
    is_locked_out: bool
    locked_out_seconds: float | None


class Credits(Shape, frozen=True, kw_only=True):
    """Paid use beyond the plan, in units of the currency."""

    currency: str
    used: float
    limit: float | None
    observed_at: str


class SurfaceShare(Shape, frozen=True, kw_only=True):
    """How much of the week's limit one surface used."""

    surface: str
    share_ratio: float
    observed_at: str


class WindowCost(Shape, frozen=True, kw_only=True):
    """What a full 5-hour window costs of the week: the median, and the range over the measured windows, in which shares
    may be off by a percent. `windows_left`: how many the week still has room for.
    """

    week_ratio: float
    lowest_ratio: float
    highest_ratio: float
    measured_windows: int
    windows_left: float | None


class AccountInfo(Shape, frozen=True, kw_only=True):
    """An account in use, known by hashes only. `name`: the user's, else the account."""

    account: str
    name: str
    plan: str | None
    organization: str | None
    is_current: bool
    overage_in_use: bool
    verdict: Verdict
    credits: list[Credits]
    week_surfaces: list[SurfaceShare]
    window_cost: WindowCost | None


class Budget(Shape, frozen=True, kw_only=True):
    """A budget of the user's own in its current period. `project`: null for all. `chance_ratio`: that the rest is used
    by its end; `expected_usd`: what will be used by then.
    """

    name: str
    per: Literal["day", "week", "month"]
    project: str | None
    limit_usd: float
    used_usd: float
    used_ratio: float
    cost_basis: str
    start: str
    end: str
    state: Literal["lasts", "runs_out", "reached", "too_early"]
    chance_ratio: float | None
    expected_usd: float | None


class Limits(Shape, frozen=True, kw_only=True):
    """Current usage of the limits, of every account in use; week, month and block of the one that answered last."""

    as_of: str
    items: list[Limit]
    lockouts: list[Hit]
    accounts: list[AccountInfo]
    block_token_limit: TokenLimit | None
    week: Week
    month: Month
    budgets: list[Budget]


class LedgerWeek(Shape, frozen=True, kw_only=True):
    """An official week of an account. `used_ratio`: its last known share, from `observed_at`. `window_cost_ratio`: what
    a full 5-hour window cost of it, the median of `measured_windows`. `full_windows`: used to 90 % or more.
    """

    account: str
    start: str
    end: str
    is_current: bool
    used_ratio: float
    unused_ratio: float
    observed_at: str
    window_cost_ratio: float | None
    full_windows: int
    measured_windows: int
    five_hour_limits_reached: int
    week_limits_reached: int


class LedgerWeeks(Shape, frozen=True, kw_only=True):
    """The official weeks of every account that started in the requested days, the oldest first."""

    items: list[LedgerWeek]
    timezone: str
