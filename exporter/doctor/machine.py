"""The machine: file watches, times and time zone; and what the running tracker reports of its own work."""

from __future__ import annotations

import msgspec

from exporter.doctor.check import Finding, count, note, ok, warning
from exporter.doctor.claude import TranscriptFacts

WANTED_WATCHES = 524_288
WANTED_INSTANCES = 512
SPARE = 2
"""Editors and file managers of the same user need watches, too."""


class WatchFacts(msgspec.Struct, frozen=True):
    """Linux' limits for watching files; None elsewhere. `folders`: that need a watch each.

    `can_watch`: whether one more watcher can be created now.
    """

    max_watches: int | None = None
    max_instances: int | None = None
    folders: int = 0
    can_watch: bool = True


class WorkFacts(msgspec.Struct, frozen=True):
    """What the running tracker reports. `failing`: its collectors whose last run failed. `polled`: folders that it
    scans every few seconds, because it cannot watch them.
    """

    failing: tuple[str, ...] = ()
    polled: int = 0


class ZoneFacts(msgspec.Struct, frozen=True):
    """`name`: of the time zone in use; None if the machine's is not known, and UTC is used."""

    name: str | None = None


def _raise(name: str, number: int) -> str:
    return (
        f"Run `echo fs.inotify.{name}={number} | sudo tee /etc/sysctl.d/60-{name.replace('_', '-')}.conf` and"
        " `sudo sysctl --system`, then restart the tracker."
    )


def check_watches(facts: WatchFacts) -> Finding:
    if facts.max_watches is None:
        return ok("This system has no limit of watches.")
    if facts.folders * SPARE > facts.max_watches:
        return warning(
            f"The tracker watches {count(facts.folders, 'folder')}, and the system allows {facts.max_watches:,} file"
            " watches for all your programs.",
            _raise("max_user_watches", max(WANTED_WATCHES, 4 * facts.folders)),
        )
    return ok(f"{facts.folders:,} of {facts.max_watches:,} file watches are needed.")


def check_watch_instances(facts: WatchFacts) -> Finding:
    if facts.can_watch:
        return ok("Files can be watched.")
    limit = f" ({facts.max_instances:,} watchers)" if facts.max_instances is not None else ""
    return warning(
        f"The system's limit for watching files{limit} is reached, so changes are found only every few seconds.",
        _raise("max_user_instances", max(WANTED_INSTANCES, 2 * (facts.max_instances or 0))),
    )


def check_watching(facts: WorkFacts) -> Finding:
    if facts.polled:
        return note(
            f"The tracker scans {count(facts.polled, 'folder')} every few seconds, because it cannot watch them.",
            "See `watches` and `watch_instances`. Folders with links to others, and network file systems, stay so.",
        )
    return ok("No folder is scanned instead of watched.")


def check_collectors(facts: WorkFacts) -> Finding:
    if facts.failing:
        return warning(
            f"The running tracker reports failures of: {', '.join(facts.failing)}.",
            "Read its log (`claude-tracker service logs`), which names the cause.",
        )
    return ok("The tracker reports no failure.")


def check_file_times(facts: TranscriptFacts) -> Finding:
    if facts.future:
        return warning(
            f"{count(facts.future, 'transcript')} changed in the future, as the clock goes now.",
            "Set the clock by the network (`timedatectl set-ntp true`), also on a machine that shares the folder.",
        )
    return ok("No transcript changed in the future.")


def check_zone(facts: ZoneFacts) -> Finding:
    if facts.name is None:
        return warning(
            "The machine's time zone is not known, so days start at midnight UTC.",
            "Set it (`timedatectl set-timezone Europe/Berlin`), or name one with --timezone.",
        )
    return ok(f"Days start at midnight {facts.name}.")
