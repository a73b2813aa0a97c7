"""Days on the command line: a date or a word for one, and so many up to today."""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import Any, NamedTuple

import click

from exporter.cli.options.types import Date

WORDS = {"today": 0, "yesterday": 1}
"""How many days ago."""
SHOWN_DAYS = 14
"""How many days are shown where nobody says from when."""


def first_shown(today: date) -> date:
    """The first of the days shown up to and with today."""
    return today - timedelta(days=SHOWN_DAYS - 1)


class Day(click.ParamType["Day.Found"]):
    """A date, `today` or `yesterday`."""

    name = "YYYY-MM-DD"

    class Found(NamedTuple):
        """A date, or how many days ago it is."""

        day: date | None
        ago: int = 0

        def on(self, today: date) -> date:
            return self.day or today - timedelta(days=self.ago)

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Day.Found:
        if isinstance(value, Day.Found):
            return value
        if value in WORDS:
            return Day.Found(None, WORDS[value])
        try:
            return Day.Found(Date().convert(value, param, ctx))
        except click.BadParameter:
            self.fail(f"{value!r} is not a date; use YYYY-MM-DD, today or yesterday", param, ctx)


class Lasting(click.ParamType["Lasting.Found"]):
    """`7d`, `4w`, `3m`: so many days, weeks or months up to and with today."""

    name = "NUMBER[d|w|m]"

    class Found(NamedTuple):
        number: int
        unit: str

        def since(self, today: date) -> date:
            """The first day."""
            if self.unit == "m":
                months = today.year * 12 + today.month - 1 - self.number
                following = date((months + 1) // 12, (months + 1) % 12 + 1, 1)
                first = date(months // 12, months % 12 + 1, 1)
                return first + timedelta(days=min(today.day, (following - first).days))
            return today - timedelta(days=self.number * (7 if self.unit == "w" else 1) - 1)

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Lasting.Found:
        if isinstance(value, Lasting.Found):
            return value
        found = re.fullmatch(r"([1-9][0-9]{0,3})([dwm])", str(value))
        if found is None or (int(found[1]) > 1_200 and found[2] != "d"):
            self.fail(f"{value!r} is not a number of days, weeks or months, such as 7d, 4w or 3m", param, ctx)
        return Lasting.Found(int(found[1]), found[2])
