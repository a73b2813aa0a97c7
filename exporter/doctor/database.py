"""The database: what is in it."""

from __future__ import annotations

import msgspec

from exporter.doctor.check import Finding, age, error, note, ok, size, warning
from exporter.domain.calendar.timestamp import MINUTE

LARGE = 4 << 30
LARGE_JOURNAL = 256 << 20


class DatabaseFacts(msgspec.Struct, frozen=True):
    """`exists`: and is not empty. `problem`: why it cannot be read, None if it can; `is_foreign`: it is not ours.

    `version`, `supported`: of its tables, and of this program's. `damage`: SQLite's first complaint, None if it has
    none; `is_whole`: whether the check reached the end of the file. Times in ms, sizes in bytes.
    """

    path: str
    now: int
    exists: bool = False
    problem: str | None = None
    version: int | None = None
    supported: int = 0
    damage: str | None = None
    is_whole: bool = True
    bytes: int = 0
    journal_bytes: int = 0
    committed_at: int | None = None
    first_read_at: int | None = None


def check_database(facts: DatabaseFacts) -> Finding:
    if not facts.exists:
        return note(
            f"There is no database at {facts.path} yet.",
            "Run `claude-tracker run`. If there was one, check --database.",
        )
    if facts.problem is not None:
        return error(f"The database cannot be used: {facts.problem}.", "Do what the message says; nothing was changed.")
    if facts.damage is not None:
        return ok(f"{facts.path}: see `database_integrity`.")
    if facts.version != facts.supported:
        return ok(f"{facts.path}: see `database_version`.")
    if facts.first_read_at is None:
        return note("The first read of all transcripts is not complete.", "Wait, or run `claude-tracker ingest`.")
    return ok(f"{facts.path}, as of {age(facts.now - (facts.committed_at or facts.first_read_at))} ago.")


def check_database_integrity(facts: DatabaseFacts) -> Finding:
    if facts.damage is not None:
        return error(
            f"The database is damaged: {facts.damage}.",
            "Stop the tracker and put a backup in its place. Without one, move the file away: the tracker reads the"
            " transcripts that still exist again.",
        )
    if not facts.exists or facts.problem is not None:
        return ok("No database to check.")
    return ok("SQLite finds no damage." if facts.is_whole else "SQLite finds no damage in the part that was checked.")


def check_database_version(facts: DatabaseFacts) -> Finding:
    if facts.version is None or facts.version == facts.supported:
        return ok(f"The tables are those of version {facts.supported}.")
    if facts.version > facts.supported:
        return error(
            f"A newer claude-tracker wrote the database (version {facts.version} of {facts.supported}).",
            "Update claude-tracker.",
        )
    return warning(
        f"An older claude-tracker wrote the database (version {facts.version} of {facts.supported}).",
        "Start or restart `claude-tracker run`, which upgrades it. Copy the file first if you may want to go back.",
    )


def check_database_size(facts: DatabaseFacts) -> Finding:
    if not facts.exists:
        return ok("No database to measure.")
    if facts.journal_bytes >= LARGE_JOURNAL:
        return warning(
            f"The database's journal has {size(facts.journal_bytes)}: a program keeps the database open and idle.",
            "Stop programs that read the database, such as a database browser; then restart the tracker.",
        )
    if facts.bytes >= LARGE:
        return note(f"The database has {size(facts.bytes)}.", "Report this: years of heavy use take about 1 GB.")
    return ok(f"The database has {size(facts.bytes)}.")


def check_clock(facts: DatabaseFacts) -> Finding:
    """A commit in the future shows that the clock was set back."""
    if facts.committed_at is not None and facts.committed_at - facts.now > MINUTE:
        ahead = age(facts.committed_at - facts.now)
        return warning(
            f"The last commit is {ahead} in the future: the clock was set back, or was wrong then.",
            "Set the clock by the network (`timedatectl set-ntp true`). Figures of that time stay at that time.",
        )
    return ok("The clock is not behind the last commit.")
