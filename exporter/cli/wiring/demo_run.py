"""Runs a demo: writes the history, starts the tracker on it, and plays on until it is stopped."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import datetime, tzinfo
from pathlib import Path
from typing import NamedTuple

from exporter.cli.names import NAME, own_command
from exporter.cli.output import count, say
from exporter.cli.progress import steps_bar
from exporter.cli.wiring import demo, first_read
from exporter.demo.clock import DemoClock
from exporter.demo.life import live
from exporter.demo.player import Player
from exporter.demo.receiver import Receiver
from exporter.domain.calendar.timestamp import DAY
from exporter.errors import ConfigurationError, DatabaseError, LockedError, TrackerError
from exporter.ingest.lock import tracker_of

RELIVED_DAYS = 10
STOP_SECONDS = 10.0
LOOK_SECONDS = 0.2


class Wanted(NamedTuple):
    """What the user asked for. `begin`: ms; None for now. `zone`: None for the machine's."""

    port: int
    zone: tzinfo | None
    days: int
    speed: float
    seed: int
    begin: int | None
    keep: bool


def run_demo(wanted: Wanted, folder: Path, clock: Callable[[], int]) -> None:
    """Run it until a signal, or until its tracker ends. `clock`: the real time, ms.

    Raises ConfigurationError, FolderError, LockedError; TrackerError if the tracker fails.
    """
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))  # the folder goes
    now = clock()
    start = _start(wanted, now)
    if (running := tracker_of(demo.Place(folder).database)) is not None:
        raise LockedError(f"a demo runs already: {running.address or running}; stop it with `{NAME} demo stop`")
    place, receiver = demo.make_folder(folder), Receiver()
    try:
        working_at = (start, now) if wanted.speed > 1 else (start,)
        zone = wanted.zone or datetime.now().astimezone().tzinfo
        assert zone is not None
        events = live(wanted.seed, start - wanted.days * DAY, zone, working_at, str(place.home))
        player = Player(events, place.lay_out(getattr(wanted.zone, "key", None), receiver.url), clock)
        with steps_bar("making up the history") as report:
            written = player.write_history(
                start, lambda at: report(wanted.days - round((start - at) / DAY), wanted.days)
            )
        say(f"A made-up user: {count(wanted.days, 'day')} of history, {count(written, 'event')}.", err=True)
        shown = DemoClock(clock(), start, wanted.speed)
        place.write_clock(shown)
        _play(place, f"127.0.0.1:{wanted.port}", player, shown)
    finally:
        receiver.close()
        if not wanted.keep:
            demo.remove_folder(place)


def run_command(place: demo.Place, words: Sequence[str]) -> int:
    """Run a command on a running demo. Returns its exit code."""
    running = tracker_of(place.database)
    listen = running.address.removeprefix("http://").rstrip("/") if running is not None and running.address else None
    return subprocess.run(own_command(*words), env=place.environment(os.environ, listen), check=False).returncode


def _start(wanted: Wanted, now: int) -> int:
    """Where the demo's time begins, ms."""
    if wanted.begin is None:
        return now - (min(RELIVED_DAYS, wanted.days) * DAY if wanted.speed > 1 else 0)
    if wanted.begin > now:
        raise ConfigurationError("--at is in the future: name a time of the past, or leave it out")
    return wanted.begin


def _play(place: demo.Place, address: str, player: Player, shown: DemoClock) -> None:
    stopped = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM, *([signal.SIGHUP] if sys.platform != "win32" else [])):
        signal.signal(number, lambda *_: stopped.set())
    environment = place.environment(os.environ, address)
    tracker = subprocess.Popen(own_command("run"), env=environment)
    threading.Thread(target=_introduce, args=(place, environment, tracker, stopped), daemon=True).start()

    def is_over(seconds: float) -> bool:
        return stopped.wait(seconds) or tracker.poll() is not None

    try:
        player.play(shown, is_over)
    finally:
        stopped.set()
        code = _end(tracker)
    if code > 0:
        raise TrackerError(f"the demo's tracker ended (exit code {code}): see above")


def _introduce(
    place: demo.Place, environment: dict[str, str], tracker: subprocess.Popen[bytes], stopped: threading.Event
) -> None:
    """Once everything is read: what `status` shows, and the addresses of the page, the metrics and the API."""
    while not stopped.wait(LOOK_SECONDS) and tracker.poll() is None:
        with suppress(DatabaseError):
            if not first_read.is_needed(place.database):
                break
    else:
        return
    subprocess.run(own_command("status"), env=environment, check=False)
    page = f"http://{environment['CLAUDE_TRACKER_LISTEN']}/"
    say(f"Everything above is made up. Page: {page} Metrics: {page}metrics API: {page}api/analytics/current", err=True)
    say(f"In another terminal: `{NAME} demo report daily`, `{NAME} demo limits`, `{NAME} demo sessions`.", err=True)


def _end(tracker: subprocess.Popen[bytes]) -> int:
    """Stop the tracker if it still runs. Returns its exit code; negative for a signal."""
    if tracker.poll() is None:
        tracker.terminate()
    try:
        return tracker.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        tracker.kill()
        return tracker.wait()
