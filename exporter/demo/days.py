"""When the made-up user works: the sessions of each day, drawn by its date and the seed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta, tzinfo
from random import Random
from typing import NamedTuple, TypeVar

from exporter.demo.world import ACCOUNTS, JOBS, PROJECTS, SIDE, WORK, Account, Job, Project
from exporter.domain.calendar.timestamp import HOUR, MINUTE

NOW_BEFORE, NOW_AFTER = 130 * MINUTE, 10 * HOUR
"""For so long before and after a given time the user surely works."""
T = TypeVar("T")


class Weighted(NamedTuple):
    """A chance to work from one hour of the day to another (fractions of hours), in so many sessions."""

    opens: float
    closes: float
    chance: float
    sessions: int


WEEKDAY = {
    WORK.name: (Weighted(9.0, 12.4, 0.97, 3), Weighted(13.4, 18.0, 0.97, 4), Weighted(20.5, 22.3, 0.25, 1)),
    SIDE.name: (Weighted(19.0, 22.5, 0.45, 2),),
}
WEEKEND = {
    WORK.name: (Weighted(14.0, 17.0, 0.25, 1),),
    SIDE.name: (Weighted(10.0, 13.0, 0.5, 2), Weighted(15.0, 19.0, 0.5, 2)),
}
HARD_DAY = 0.18
"""The chance of a day with twice the sessions: those on which limits are reached."""


class Planned(NamedTuple):
    """A session to come; it ends at `end` (ms) at the latest."""

    start: int
    end: int
    account: Account
    project: Project
    job: Job
    seed: str


def planned(seed: int, start: int, zone: tzinfo, working_at: Sequence[int]) -> Iterator[Planned]:
    """All sessions from `start` (ms) on, in order, without an end. `working_at`: times (ms) at which the user works."""
    day = datetime.fromtimestamp(start / 1_000, zone).date()
    extra = sorted(around(seed, working_at), key=lambda one: one.start)
    while True:
        limit = _ms(day + timedelta(days=1), 0, zone)
        found = [one for one in _of_day(seed, day, zone) if one.start >= start]
        found += [one for one in extra if start <= one.start < limit]
        extra = [one for one in extra if one.start >= limit]
        yield from sorted(found, key=lambda one: one.start)
        day += timedelta(days=1)


def around(seed: int, working_at: Sequence[int]) -> Iterator[Planned]:
    """The sessions around these times (ms): some always run."""
    for at in working_at:
        dice = Random(f"{seed}-looked-{at}")
        for number, (account, before, lasts) in enumerate(
            ((WORK, 125, 200), (WORK, 96, 240), (SIDE, 70, 150), (WORK, 41, 160), (WORK, 12, 100))
        ):
            yield _planned(dice, account, at - before * MINUTE, lasts * MINUTE, f"{seed}-{at}-{number}")
        later = at + 40 * MINUTE
        while later < at + NOW_AFTER:
            account = WORK if dice.random() < 0.8 else SIDE
            yield _planned(dice, account, later, dice.randint(30, 150) * MINUTE, f"{seed}-{later}")
            later += dice.randint(20, 50) * MINUTE


def _of_day(seed: int, day: date, zone: tzinfo) -> Iterator[Planned]:
    dice = Random(f"{seed}-{day.isoformat()}")
    spans = WEEKDAY if day.weekday() < 5 else WEEKEND
    factor = 2 if dice.random() < HARD_DAY else 1
    for account in ACCOUNTS:
        for number, span in enumerate(spans[account.name]):
            if dice.random() >= span.chance:
                continue
            opens, closes = _ms(day, span.opens, zone), _ms(day, span.closes, zone)
            for session in range(span.sessions * factor):
                start = opens + round(dice.random() ** 1.5 * 0.85 * (closes - opens))
                lasts = min(closes - start, round(dice.uniform(0.3, 1.0) * (closes - opens)))
                yield _planned(dice, account, start, lasts, f"{seed}-{day}-{account.name}-{number}-{session}")


def _planned(dice: Random, account: Account, start: int, lasts: int, seed: str) -> Planned:
    project = _weighted(dice, PROJECTS[account.name])
    return Planned(start, start + lasts, account, project, _weighted(dice, JOBS[account.name]), seed)


def _weighted(dice: Random, choices: Sequence[T]) -> T:
    return dice.choices(choices, [one.weight for one in choices])[0]  # type: ignore[attr-defined]


def _ms(day: date, hour: float, zone: tzinfo) -> int:
    return round(datetime(day.year, day.month, day.day, tzinfo=zone).timestamp() * 1_000 + hour * HOUR)
