"""The service's side: how much of an account's windows is used, and what it answers about that."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from exporter.demo.world import FIVE_HOURS, WEEK, Account
from exporter.domain.calendar.timestamp import HOUR, to_iso

Json = dict[str, Any]
RAISE = 1.4
"""On one day the week's size grew by this factor: the used share fell."""


@dataclass
class Window:
    """A rolling limit: it starts with the first use, at a full hour, and is empty again at its end (ms)."""

    length: int
    size: float
    used: float = 0.0
    reset: int = 0

    def share(self, at: int) -> float:
        """Of the window at `at` (ms), 0 to 1; 0 if none has started."""
        return min(self.used / self.size, 1.0) if at < self.reset else 0.0

    def use(self, at: int, cost: float) -> None:
        if at >= self.reset:
            self.reset, self.used = at - at % HOUR + self.length, 0.0
        self.used += cost


@dataclass
class Service:
    """An account as the service sees it. `raised_at`: when (ms) the size of its week grows."""

    account: Account
    raised_at: int
    five: Window = field(init=False)
    week: Window = field(init=False)
    opus: float = 0.0
    """Of the week, in dollars."""

    def __post_init__(self) -> None:
        self.five = Window(FIVE_HOURS, self.account.five_hour)
        self.week = Window(WEEK, self.account.week)

    def use(self, at: int, cost: float, *, is_opus: bool) -> None:
        """A request was answered at `at` (ms)."""
        if at >= self.raised_at and self.week.size == self.account.week:
            self.week.size *= RAISE
        if at >= self.week.reset:
            self.opus = 0.0
        self.five.use(at, cost)
        self.week.use(at, cost)
        self.opus += cost if is_opus else 0.0

    def refusal(self, at: int) -> tuple[str, int] | None:
        """The window that is used up at `at`, and its reset (ms); None if a request would be answered."""
        for name, window in (("seven_day", self.week), ("five_hour", self.five)):
            if window.share(at) >= 1:
                return name, window.reset
        return None

    def rate_limits(self, at: int) -> Json:
        """As the status line gets them: percents, and resets in seconds."""
        found: Json = {}
        for name, window in (("five_hour", self.five), ("seven_day", self.week)):
            if at < window.reset:
                found[name] = {"used_percentage": int(window.share(at) * 100), "resets_at": window.reset // 1_000}
        return found

    def desktop_sample(self, at: int) -> Json:
        used = {"fh": int(self.five.share(at) * 100), "sd": int(self.week.share(at) * 100)}
        return {"t": at, "org": self.account.organization, "u": used}

    def account_file(self, at: int) -> Json:
        """Claude Code's `.claude.json`: whose the folder is, and the service's last answer."""
        owner = {
            "accountUuid": self.account.uuid, "organizationUuid": self.account.organization,
            "organizationRateLimitTier": self.account.tier, "organizationType": self.account.kind,
        }  # fmt: skip
        return {"oauthAccount": owner, "cachedUsageUtilization": self._answer(at)}

    def _answer(self, at: int) -> Json:
        five, week = round(self.five.share(at) * 100), round(self.week.share(at) * 100)
        opus = round(min(self.opus / (0.6 * self.week.size), 1.0) * 100) if at < self.week.reset else 0
        resets = {
            window.length: to_iso(window.reset) if at < window.reset else None for window in (self.five, self.week)
        }
        limits = [
            {"kind": "session", "percent": five, "resets_at": resets[FIVE_HOURS], "is_active": True, "scope": None},
            {"kind": "weekly_all", "percent": week, "resets_at": resets[WEEK], "is_active": False, "scope": None},
            {
                "kind": "weekly_scoped", "percent": opus, "resets_at": resets[WEEK], "is_active": False,
                "scope": {"model": {"display_name": "Opus"}, "surface": None},
            },
        ]  # fmt: skip
        rows = [("claude_code", "Claude Code", 0.8), ("chat", "Chat", 0.2)]
        breakdown = [{"key": key, "display_name": name, "percent": round(week * part, 1)} for key, name, part in rows]
        extra = {
            "is_enabled": True, "monthly_limit": 5_000, "used_credits": 1_240 + 10 * week, "currency": "USD",
            "decimal_places": 2, "utilization": (1_240 + 10 * week) / 50,
        }  # fmt: skip
        utilization = {
            "five_hour": {"utilization": five, "resets_at": resets[FIVE_HOURS]},
            "seven_day": {"utilization": week, "resets_at": resets[WEEK]},
            "limits": limits, "seven_day_breakdown": {"rows": breakdown}, "extra_usage": extra,
        }  # fmt: skip
        return {"fetchedAtMs": at, "accountUuid": self.account.uuid, "utilization": utilization}
