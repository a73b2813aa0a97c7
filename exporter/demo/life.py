"""The made-up user's life: all sessions together, in the order of time, and what the service says about them.

The same seed, start and times of work give the same events.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterator, Sequence
from datetime import tzinfo
from itertools import count

from exporter.demo.conversation import Conversation
from exporter.demo.days import Planned, planned
from exporter.demo.events import Event, Kind
from exporter.demo.lines import encode
from exporter.demo.service import Service
from exporter.demo.world import ACCOUNTS, SIDE, WORK
from exporter.domain.calendar.timestamp import DAY, MINUTE

SAMPLE_EVERY = 5 * MINUTE
RAISED_AFTER = {WORK.name: 24 * DAY, SIDE.name: 10**15}
"""How long after the start the size of an account's week grows."""
FIRST_PID = 40_000

_Waiting = list[tuple[int, int, Event, Iterator[Event]]]


def live(seed: int, start: int, zone: tzinfo, working_at: Sequence[int], home: str) -> Iterator[Event]:
    """All events from `start` (ms) on, without an end.

    `working_at`: times (ms) at which sessions run. `home`: the home folder, for the paths that the client names.
    """
    services = {account.name: Service(account, start + RAISED_AFTER[account.name]) for account in ACCOUNTS}
    for account in ACCOUNTS:
        content = encode(services[account.name].account_file(start))
        yield Event(start, Kind.REPLACE, f"{account.folder}/.claude.json", content)
    yield from _sampled(_merged(planned(seed, start, zone, working_at), services, home), services)


def _merged(plans: Iterator[Planned], services: dict[str, Service], home: str) -> Iterator[Event]:
    waiting: _Waiting = []
    numbers = count(FIRST_PID)
    for plan in plans:
        while waiting and waiting[0][0] <= plan.start:
            yield from _first(waiting)
        number = next(numbers)
        _wait_for(waiting, number, Conversation(plan, services[plan.account.name], number, home).events())


def _first(waiting: _Waiting) -> Iterator[Event]:
    """The next event of all. The one after it is made only then: what happened before it counts for it."""
    _, number, event, more = heapq.heappop(waiting)
    yield event
    _wait_for(waiting, number, more)


def _wait_for(waiting: _Waiting, number: int, more: Iterator[Event]) -> None:
    if (event := next(more, None)) is not None:
        heapq.heappush(waiting, (event.at, number, event, more))


def _sampled(events: Iterator[Event], services: dict[str, Service]) -> Iterator[Event]:
    """With a sample of each account in Desktop's history after some minutes with use."""
    sampled_at = 0
    for event in events:
        if event.at >= sampled_at + SAMPLE_EVERY:
            sampled_at = event.at
            for service in services.values():
                yield Event(event.at, Kind.SAMPLE, service.account.folder, encode(service.desktop_sample(event.at)))
        yield event
