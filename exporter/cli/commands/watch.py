"""`claude-tracker watch`: what `status` shows, full screen, and moving."""

from __future__ import annotations

import io
import time
from collections.abc import Callable
from contextlib import redirect_stderr
from datetime import tzinfo
from pathlib import Path
from typing import TYPE_CHECKING

import click

from exporter.cli.clock import clock
from exporter.cli.keys import END, MOVES, PAGES, RESIZE, keys
from exporter.cli.options import common
from exporter.cli.options.days import SHOWN_DAYS, first_shown
from exporter.cli.pace import Pace
from exporter.cli.wiring import updates
from exporter.domain.calendar.day import Span, date_of, span_of
from exporter.domain.calendar.timestamp import DAY, HOUR
from exporter.domain.health import Health
from exporter.domain.limits.hit import window_length_ms
from exporter.domain.limits.plan_settings import PlanSettings
from exporter.domain.text import visible
from exporter.errors import DatabaseError, TrackerError

if TYPE_CHECKING:
    from rich.console import RenderableType
    from rich.text import Text

    from exporter.ingest.workers.process import Worker
    from exporter.report.watch import Watched
    from exporter.store.reader import Reader

DRAWN_SECONDS = 5.0
"""How often ages and remaining times are drawn again."""
LEAST_SECONDS = 2.0
"""Between two drawings of what changed."""
SHARE_OF_A_CORE = 0.006
"""What drawing takes at most, and so how seldom it is done; with the looks in between it stays below 1 %."""
READ_SECONDS = 30.0
"""How often new entries are read while no tracker does."""


@click.command()
@common.reading_options
@common.display_options
def watch(
    database: Path,
    config_dirs: tuple[Path, ...],
    zone: tzinfo | None,
    processes: bool,
    plan: PlanSettings,
) -> None:
    """Show what `status` shows, full screen and live: verdict, windows and their course, sessions, the last hour.

    Keys: s sessions, d days, m models, p projects, l limits, ? help, q quit. Reads new transcript entries every 30
    seconds, unless a tracker does.
    """
    with keys() as pressed:
        from exporter.cli.screen import Screen

        worker = updates.start_worker_to_show(database)
        source = Source(database, config_dirs, zone, processes, plan)
        source.read(worker)
        source.lines("", 80, 24)  # what is wrong now is said before the screen is taken
        pace = Pace(SHARE_OF_A_CORE, time.monotonic, time.process_time)
        with Screen() as screen:
            view, first = "", 0
            while True:
                pace.begin()
                screen.show(_lines(source, view, screen.width, screen.height, first))
                pace.done()
                key = None
                while key is None:
                    key = pressed.wait(LEAST_SECONDS)
                    if key is None and pace.left(LEAST_SECONDS if source.has_changed() else DRAWN_SECONDS) <= 0:
                        break
                if key in (END, "q"):
                    return
                if key == RESIZE:
                    screen.resize()
                elif key is not None and view and key in MOVES:
                    first = source.first + MOVES[key] * (screen.height - 3 if key in PAGES else 1)
                elif key is not None:
                    view = "" if key in (view, "\x1b") else key if key in source.views else view
                    first = 0


def _lines(source: Source, view: str, width: int, height: int, first: int) -> list[Text]:
    """What is shown now, from the line `first` of a view on, or what prevents it, which may pass."""
    from rich.text import Text

    from exporter.report.watch import page

    try:
        source.read_when_due()
        return source.lines(view, width, height, first)
    except TrackerError as error:
        return page(_as_lines(Text(visible(str(error))), width), width, height)


class Source:
    """What is shown: read from the database, which is brought up to date where no tracker does."""

    def __init__(
        self, database: Path, config_dirs: tuple[Path, ...], zone: tzinfo | None, processes: bool, plan: PlanSettings
    ) -> None:
        from exporter.store.database.early_place import early_path
        from exporter.store.reader import Reader

        self._config_dirs = config_dirs
        self._zone = zone
        self._processes = processes
        self._plan = plan
        self._reader = Reader(database)
        self._early = Reader(early_path(database))
        self._is_tracked = False
        self._read_at = 0.0
        self._seen: object = None
        self.first = 0
        """The line that the view begins with that was shown last."""
        self.views: dict[str, Callable[[int], RenderableType]] = {
            "s": self._sessions, "d": self._days, "m": self._models, "p": self._projects, "l": self._limits,
            "?": self._help,
        }  # fmt: skip

    def read(self, worker: Worker | None = None) -> None:
        """Read new entries, unless a tracker does. Raises DatabaseError."""
        _, self._is_tracked = updates.catch_up_if_unlocked(
            self._reader, "watch", self._config_dirs, worker, self._processes
        )
        self._read_at = time.monotonic()

    def read_when_due(self) -> None:
        """Without messages and bars, which would stand on the screen. Raises TrackerError."""
        if time.monotonic() - self._read_at >= READ_SECONDS:
            self._read_at = time.monotonic()
            with redirect_stderr(io.StringIO()):
                self.read()

    def has_changed(self) -> bool:
        """Whether there was a commit since the last drawing; False while the database cannot be read."""
        try:
            return self._reader.version() != self._seen
        except DatabaseError:
            return False

    def lines(self, view: str, width: int, height: int, first: int = 0) -> list[Text]:
        """The lines of a view, from `first` on; of the main one for an empty name."""
        from exporter.report import watch as report

        self._seen = self._reader.version()
        if view == "":
            return report.screen(self._watched(), width, height, self._zone)
        found = _as_lines(self.views[view](width), width)
        self.first = report.first_of(first, len(found), height)
        return report.page(found, width, height, first)

    def _watched(self) -> Watched:
        from exporter.domain.usage.amount import add_up
        from exporter.report.course import Course
        from exporter.report.glance import fresh_text
        from exporter.report.verdict import by_urgency
        from exporter.report.watch import Watched
        from exporter.snapshot.limits.limit_history import course
        from exporter.snapshot.sessions.costs import session_costs
        from exporter.snapshot.take import take_shown
        from exporter.snapshot.usage.groupings import grouped

        now = clock()
        snapshot = take_shown(self._reader, self._early, now, self._zone, Health(detects=self._is_tracked), self._plan)
        if snapshot is None:
            raise DatabaseError(f"{self._reader.path} contains no data yet")
        reader: Reader = self._early if snapshot.reading is not None else self._reader
        first = by_urgency(snapshot.accounts)[0]
        limit = next((one for one in first.limits if one.window == first.verdict.window), None)
        shown = None
        if limit is not None and limit.resets_at is not None:
            since = limit.resets_at - window_length_ms(limit.window)
            shown = Course(limit, course(reader, first.id, limit.window, since))
        hour = add_up(one.amount for one in grouped(reader, Span(now - HOUR, now + 1), "model").items)
        fresh = fresh_text(snapshot.health.committed_at, now, tracked=self._is_tracked) or "no tracker runs"
        return Watched(snapshot, fresh, session_costs(reader, snapshot.sessions or (), self._zone), shown, hour)

    def _sessions(self, width: int) -> RenderableType:
        from exporter import report
        from exporter.snapshot.sessions import session_history
        from exporter.snapshot.sessions.costs import session_costs
        from exporter.store.sessions.session_rows import SessionQuery

        rows = session_history.sessions(self._reader, SessionQuery(since=clock() - DAY))
        return report.sessions(rows, session_costs(self._reader, rows, self._zone), "", clock(), width, self._zone)

    def _days(self, width: int) -> RenderableType:
        from exporter.report import usage
        from exporter.snapshot.usage import usage_history

        found = usage_history.periods_by(self._reader, "day", self._span(), self._zone, "model")
        found = found._replace(items=found.items[::-1])  # today is shown without moving
        return usage.used("date", found, "", width, "model", self._zone)

    def _models(self, width: int) -> RenderableType:
        return self._grouped("model", width)

    def _projects(self, width: int) -> RenderableType:
        return self._grouped("project", width)

    def _grouped(self, key: str, width: int) -> RenderableType:
        from exporter.report import usage
        from exporter.snapshot.usage import groupings

        found = groupings.grouped(self._reader, self._span(), key)
        return usage.used(key, found, f"The last {SHOWN_DAYS} days.", width, None, self._zone)

    def _span(self) -> Span:
        return span_of(first_shown(date_of(clock(), self._zone)), None, self._zone)

    def _limits(self, width: int) -> RenderableType:
        from exporter import report
        from exporter.snapshot.take import take_current

        current = take_current(self._reader, clock(), self._zone, plan=self._plan)
        if current is None:
            raise DatabaseError(f"{self._reader.path} contains no data yet")
        return report.limits(current, None, "", self._zone, width)

    def _help(self, width: int) -> RenderableType:
        from rich.text import Text

        from exporter.report.watch import HELP

        return Text(HELP)


def _as_lines(found: RenderableType, width: int) -> list[Text]:
    """A report as lines."""
    from rich.text import Text

    from exporter.report.terminal import Terminal

    terminal = Terminal(width, width=width, file=io.StringIO(), force_terminal=True)
    lines = terminal.render_lines(found, terminal.options.update(width=width), pad=False)
    return [Text.assemble(*((part.text, part.style or "") for part in line)) for line in lines]
