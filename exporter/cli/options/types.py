"""The types of our options' values."""

from __future__ import annotations

import os
import re
from datetime import date, datetime, tzinfo
from typing import Any

import click

from exporter.cli.options.values import account_name
from exporter.domain.calendar.timestamp import HOUR, MINUTE
from exporter.domain.limits.plan_settings import WeekStart, parse_week_start
from exporter.domain.notifications.warning import RULE_THRESHOLDS, QuietHours


class UserPath(click.Path):
    """A path in which `~` is the user's home, even where no shell expands it, as in the configuration file."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        try:
            return super().convert(os.path.expanduser(value), param, ctx)
        except ValueError:  # a NUL byte
            self.fail(f"{value!r} is not a valid path", param, ctx)


class Listen(click.ParamType[tuple[str, int]]):
    name = "[HOST:]PORT"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[str, int]:
        if isinstance(value, tuple):
            return value
        host, colon, port = str(value).rpartition(":")
        if bool(colon) != bool(host) or not port.isdecimal() or not 0 < int(port) < 65536:
            self.fail(f"{value!r} is not HOST:PORT or a port, such as 127.0.0.1:3001 or 3001", param, ctx)
        return host.strip("[]") or "127.0.0.1", int(port)


class Token(click.ParamType[str]):
    """What a client can send in a header: a blank one would open the page to everybody."""

    name = "TOKEN"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        token = str(value)
        if not token or not token.isascii() or not token.isprintable() or " " in token:
            self.fail("the token is blank, or has spaces or other than ASCII characters", param, ctx)
        return token


class Zone(click.ParamType[tzinfo]):
    name = "ZONE"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tzinfo:
        if isinstance(value, tzinfo):
            return value
        from zoneinfo import ZoneInfo

        try:
            return ZoneInfo(value)
        except (KeyError, ValueError, OSError):
            self.fail(f"{value!r} is not a time zone; use a name such as Europe/Berlin or UTC", param, ctx)


class WeekDay(click.ParamType[WeekStart]):
    name = "WEEKDAY HH:MM"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> WeekStart:
        if isinstance(value, WeekStart):
            return value
        try:
            return parse_week_start(value)
        except ValueError:
            self.fail(f"{value!r} is not a weekday and time; use a value such as 'monday 09:00'", param, ctx)


class Hours(click.ParamType[QuietHours]):
    name = "HH:MM-HH:MM"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> QuietHours:
        if isinstance(value, QuietHours):
            return value
        found = re.fullmatch(r"([01]?\d|2[0-3]):([0-5]\d)-([01]?\d|2[0-3]):([0-5]\d)", value.strip())
        if found is None:
            self.fail(f"{value!r} is not a range of hours; use a value such as '22:00-07:00'", param, ctx)
        from_hour, from_minute, to_hour, to_minute = map(int, found.groups())
        hours = QuietHours(from_hour * 60 + from_minute, to_hour * 60 + to_minute)
        if hours.start == hours.end:
            self.fail(f"{value!r} starts and ends at the same time; use a value such as '22:00-07:00'", param, ctx)
        return hours


class Date(click.ParamType[date]):
    name = "YYYY-MM-DD"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> date:
        if isinstance(value, date):
            return value
        try:
            found = date.fromisoformat(value)
        except ValueError:
            found = None
        # fromisoformat accepts more formats; years outside this range overflow in some time zones.
        if found is None or found.isoformat() != value or not 1970 <= found.year <= 9998:
            self.fail(f"{value!r} is not a date; use YYYY-MM-DD", param, ctx)
        return found


class Moment(click.ParamType[datetime]):
    """A date and time, with an offset from UTC or without one."""

    name = "YYYY-MM-DDTHH:MM"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> datetime:
        if isinstance(value, datetime):
            return value
        try:
            found = datetime.fromisoformat(value)
        except ValueError:
            found = None
        if found is None or not 1971 <= found.year <= 9998:
            self.fail(f"{value!r} is not a time; use YYYY-MM-DDTHH:MM", param, ctx)
        return found


class Duration(click.ParamType[int]):
    """A duration in ms that divides an hour, so that its multiples fall on the block boundaries of a metrics store."""

    name = "DURATION"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        if isinstance(value, int):
            return value
        found = re.fullmatch(r"(\d+)(s|m|h)", value)
        ms = int(found[1]) * {"s": 1_000, "m": MINUTE, "h": HOUR}[found[2]] if found is not None else 0
        if ms < 15_000 or HOUR % ms:
            self.fail(
                f"{value!r} is not a duration from 15s to 1h that divides an hour; use a value such as 30s or 5m",
                param,
                ctx,
            )
        return ms


class Label(click.ParamType[tuple[str, str]]):
    name = "NAME=VALUE"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[str, str]:
        if isinstance(value, tuple):
            return value
        found = re.fullmatch(r"([a-zA-Z_][a-zA-Z0-9_]*)=(.+)", value)
        if found is None:
            self.fail(f"{value!r} is not a label; use a value such as user=ada", param, ctx)
        return found[1], found[2]


class Threshold(click.ParamType[tuple[str, float]]):
    name = "NAME=NUMBER"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[str, float]:
        if isinstance(value, tuple):
            return value
        name, _, number = str(value).partition("=")
        if name == "daily_cost_usd":
            self.fail(
                f"{value!r} is a budget now: write [budgets.daily] with cost_usd = {number or 50} and"
                ' per = "day" into the configuration file',
                param,
                ctx,
            )
        try:
            found = float(number)
        except ValueError:
            found = -1
        if name not in RULE_THRESHOLDS or not 0 <= found < float("inf"):
            self.fail(f"{value!r} is not NAME=NUMBER; NAME is one of {', '.join(RULE_THRESHOLDS)}", param, ctx)
        return name, found


class AccountName(click.ParamType[tuple[str, str]]):
    name = "ACCOUNT=NAME"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[str, str]:
        if isinstance(value, tuple):
            return value
        found = account_name(str(value))
        if found is None:
            self.fail(
                f"{value!r} is not ACCOUNT=NAME; use the ten digits that `claude-tracker limits` shows", param, ctx
            )
        return found
