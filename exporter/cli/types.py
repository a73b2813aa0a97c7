"""Option types of ours."""

from __future__ import annotations

import os
from datetime import date, tzinfo
from typing import Any

import click


class UserPath(click.Path):
    """A path whose `~` is the user's home, also where no shell has seen it, as in the configuration file."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        try:
            return super().convert(os.path.expanduser(value), param, ctx)
        except ValueError:  # a NUL byte
            self.fail(f"{value!r} is no path", param, ctx)


class Listen(click.ParamType[tuple[str, int]]):
    name = "HOST:PORT"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[str, int]:
        if isinstance(value, tuple):
            return value
        host, colon, port = str(value).rpartition(":")
        if not colon or not host or not port.isdecimal() or not 0 < int(port) < 65536:
            self.fail(f"{value!r} is not HOST:PORT, as in 127.0.0.1:3001", param, ctx)
        return host.strip("[]"), int(port)


class Zone(click.ParamType[tzinfo]):
    name = "ZONE"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tzinfo:
        if isinstance(value, tzinfo):
            return value
        from zoneinfo import ZoneInfo

        try:
            return ZoneInfo(value)
        except (KeyError, ValueError, OSError):
            self.fail(f"{value!r} is no time zone; use a name such as Europe/Berlin or UTC", param, ctx)


class Date(click.ParamType[date]):
    name = "YYYY-MM-DD"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> date:
        if isinstance(value, date):
            return value
        try:
            found = date.fromisoformat(value)
        except ValueError:
            found = None
        # Python knows more forms than this one; years beyond have no place in the calendar of any zone.
        if found is None or found.isoformat() != value or not 1970 <= found.year <= 9998:
            self.fail(f"{value!r} is no day; write it as in 2026-11-22", param, ctx)
        return found
