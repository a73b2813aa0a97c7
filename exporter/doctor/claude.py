"""What Claude Code writes: folders, transcripts, how long it keeps them, and its registry of sessions."""

from __future__ import annotations

import msgspec

from exporter.doctor.check import Finding, age, count, error, note, ok, warning
from exporter.domain.calendar.timestamp import DAY
from exporter.domain.retention import Retention

QUIET_MS = 30 * DAY
"""Without any change for so long, the folders may be the wrong ones."""
SOON_MS = 3 * DAY


class RootFacts(msgspec.Struct, frozen=True):
    """The folders with transcripts. `found`: those that exist. `unreadable`: those of them that cannot be listed.

    `missing`: folders that the user named and that do not exist.
    """

    searched: tuple[str, ...]
    found: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    unreadable: tuple[str, ...] = ()


class TranscriptFacts(msgspec.Struct, frozen=True):
    """`newest_at`: the last change of any (ms). `folders`: with and without transcripts. `future`: how many files
    changed after `now`. `unreadable`: files and folders that could not be listed or read.
    """

    now: int
    files: int = 0
    newest_at: int | None = None
    folders: int = 0
    future: int = 0
    unreadable: int = 0


class RetentionFacts(msgspec.Struct, frozen=True):
    """`runs`: whether a tracker does. `read_at`: the last commit (ms)."""

    now: int
    retention: Retention
    runs: bool
    read_at: int | None


class RegistryFacts(msgspec.Struct, frozen=True):
    """`records`: files in the registry. `unreadable`: folders and files that could not be read."""

    folders: int = 0
    records: int = 0
    unreadable: tuple[str, ...] = ()


def check_roots(facts: RootFacts) -> Finding:
    if facts.missing:
        return error(
            f"{', '.join(facts.missing)} does not exist, so the tracker does not start.",
            "Correct --config-dir, or `config-dir` in the configuration file.",
        )
    if facts.found:
        return ok(f"Transcripts are in {', '.join(facts.found)}.")
    return warning(
        f"No folder with transcripts was found. Searched: {', '.join(facts.searched)}.",
        "Use Claude Code once, or name its folder with --config-dir.",
    )


def check_roots_readable(facts: RootFacts) -> Finding:
    if facts.unreadable:
        return error(
            f"You may not read {', '.join(facts.unreadable)}.",
            "Make yourself the owner of the folder, or run the tracker as its owner.",
        )
    return ok("The folders with transcripts are readable.")


def check_transcripts(roots: RootFacts, facts: TranscriptFacts) -> Finding:
    if not roots.found:
        return ok("No folder to search for transcripts.")
    if facts.unreadable:
        return error(
            f"{count(facts.unreadable, 'transcript or folder')} below the folders cannot be read.",
            "Make yourself the owner of everything in the folders, and make it readable: `chmod -R u+rX`.",
        )
    if facts.newest_at is None:
        return note("There are no transcripts yet.", "Use Claude Code once, or name its folder with --config-dir.")
    quiet = facts.now - facts.newest_at
    seen = f"{count(facts.files, 'transcript')}, the last change {age(quiet)} ago."
    if quiet >= QUIET_MS:
        return note(
            f"No transcript changed recently: {seen}",
            "If you use Claude Code, it writes somewhere else: check CLAUDE_CONFIG_DIR and --config-dir.",
        )
    return ok(seen)


def check_retention(facts: RetentionFacts) -> Finding:
    days = facts.retention.cleanup_days
    if days is None:
        return ok("Claude deletes no transcripts.")
    kept = f"Claude deletes transcripts after {count(days, 'day')}"
    remedy = "Run `claude-tracker ingest` now, and keep a tracker running: `claude-tracker service install`."
    first = facts.retention.first_deletion_at
    if facts.runs:
        return ok(f"{kept}, and a tracker reads them in time.")
    if facts.retention.unread_files and first is not None and first - facts.now <= SOON_MS:
        unread = count(facts.retention.unread_files, "transcript")
        when = f"in {age(first - facts.now)}" if first > facts.now else "at any moment"
        return warning(f"{kept}. {unread} not read yet; the first is deleted {when}.", remedy)
    if facts.read_at is not None and facts.now - facts.read_at >= days * DAY // 2:
        return warning(f"{kept}, and they were last read {age(facts.now - facts.read_at)} ago.", remedy)
    return ok(f"{kept}, and they are read often enough.")


def check_registry(facts: RegistryFacts) -> Finding:
    if facts.unreadable:
        return warning(
            f"The registry of running sessions cannot be read: {', '.join(facts.unreadable)}.",
            "Make yourself the owner of Claude's `sessions` folder and its files.",
        )
    return ok(f"{count(facts.records, 'record')} of running sessions.")
