"""The store's writing interface for the rest of the program: each method is a transaction or part of one."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence

from exporter.domain.forecast.verdict import SaidOf
from exporter.domain.notifications.warning import Notification, WarningKey
from exporter.domain.sessions.session import ObservedSession, SessionEvent, Transcript
from exporter.domain.usage.activity import SessionFacts
from exporter.domain.usage.imported import ImportedDay
from exporter.store.blocks import block_updates, recent
from exporter.store.database import meta
from exporter.store.limits import lockouts, said
from exporter.store.notifications import warnings
from exporter.store.sessions import clock_jumps, forgetting, runs, session_sums, sessions, unnamed
from exporter.store.sessions.observation import Observation, has_uncovered_lines
from exporter.store.usage import cache_lines, changes, conversations, imported, totals
from exporter.store.usage.cache_lines import SessionLine
from exporter.store.usage.labels import Labels
from exporter.store.writing.imports import ImportWriting


class Store(ImportWriting):
    """The writing side. The ingest lock allows one at a time; every method is a transaction or part of one."""

    def finish_blocks(self, now: int) -> bool:
        """Mark ended blocks and count ended lockouts; returns whether there were any."""
        ended = block_updates.load_unfinished(self.connection, now)
        if not ended and not lockouts.has_ended(self.connection, now):
            return False
        with self.transaction():
            block_updates.update_rows(self.connection, ended, now)
            block_updates.save_completed_total(self.connection, now, self._first_seen_at(now))
            lockouts.settle_open(self.connection, now, self._first_seen_at(now))
            meta.count_commit(self.connection, now)
        return True

    def observe(
        self,
        observed: Sequence[ObservedSession] | None,
        watched: Collection[int],
        quiet_since: int,
        now: int,
        missed: Sequence[ObservedSession] = (),
    ) -> tuple[SessionEvent, ...]:
        """Apply a sample of the running sessions (None: no sample) in one transaction; returns the events.

        `watched`: the runs in the previous sample. `quiet_since`: a transcript without a known process that has lines
        after this time may still be running. `missed`: sessions that ended before a sample found their process.
        """
        with self.transaction():
            return self.observe_within(observed, watched, quiet_since, now, missed)

    def observe_within(
        self,
        observed: Sequence[ObservedSession] | None,
        watched: Collection[int],
        quiet_since: int,
        now: int,
        missed: Sequence[ObservedSession] = (),
        *,
        all_follow: bool = False,
    ) -> tuple[SessionEvent, ...]:
        """The same in the caller's transaction. `all_follow`: the rows of all sessions are saved after this."""
        observed = self._forgotten.mask_observed(observed)
        observation = Observation(self.connection, watched, now, self._first_seen_at(now))
        observation.take_missed(self._forgotten.mask_observed(missed) or ())
        if observed is not None:
            observation.update_runs(observed)
        observation.name_ended()
        observation.cover_lines(quiet_since)
        if observation.save(all_follow=all_follow):
            meta.count_commit(self.connection, now)
        return tuple(observation.events)

    def has_late_lines(self, quiet_since: int, now: int) -> bool:
        """Whether a transcript without a run has lines that are quiet since then, or belong to a run that ended."""
        return has_uncovered_lines(self.connection, quiet_since) or bool(unnamed.find_named(self.connection, now))

    def running(self) -> list[runs.Run]:
        """The runs that have not ended."""
        return runs.running(self.connection)

    def unnamed_runs(self, now: int) -> list[runs.Run]:
        """The ended runs that may still get the id of their session."""
        return unnamed.ended(self.connection, now)

    def transcripts(self, cwds: Collection[str], since: int) -> list[Transcript]:
        """The transcripts written since `since` (ms) in these folders."""
        return conversations.in_folders(self.connection, cwds, since)

    def take_facts(self, found: Sequence[tuple[str, SessionFacts]], now: int) -> None:
        """Save what is known of sessions with a transcript, if it is new."""
        if new := [one for one in dict(found).items() if conversations.has_new_facts(self.connection, *one)]:
            with self.transaction():
                for session_id, facts in new:
                    row_id, _ = conversations.load(self.connection, session_id)
                    conversations.save_facts(self.connection, row_id or 0, facts)
                    sessions.refresh_session(self.connection, session_id)
                meta.count_commit(self.connection, now)

    def take_cache_lines(self, found: Sequence[SessionLine], now: int) -> None:
        """Save what status lines say of the prompt cache of sessions, and count new misses."""
        named = [(self._forgotten.name_of(session_id) or session_id, line) for session_id, line in found]
        with self.transaction():
            if cache_lines.save(self.connection, named, now, self._first_seen_at(now)):
                meta.count_commit(self.connection, now)

    def take_imported(self, found: Sequence[ImportedDay], now: int) -> None:
        """Save days from Claude Code's own statistics, if they have more tokens than known."""
        with self.transaction():
            if imported.save(self.connection, found):
                meta.count_commit(self.connection, now)

    def touch_runs(self, now: int) -> None:
        """Record that the open runs were seen until now."""
        if runs.running(self.connection):
            with self.transaction():
                runs.touch(self.connection, now)

    def move_clock(self, by: int, now: int) -> None:
        """Count that the clock was set by `by` ms, and move what is running along: no interval contains the jump."""
        with self.transaction():
            for session_id in clock_jumps.move_running(self.connection, by):
                sessions.refresh_session(self.connection, session_id)
            totals.add(self.connection, {("clock_jumps", ()): 1}, self._first_seen_at(now))
            meta.count_commit(self.connection, now)

    def claim_id(self, machine: str | None, published: Callable[[str], int]) -> str:
        """The tracker's id; a new one for a copied or older database.

        `machine`: a hash, None if not known; `published`: returns the last sequence that was shown under an id.
        """
        known, bound = meta.tracker_id(self.connection), meta.get(self.connection, "machine")
        is_copy = None not in (bound, machine) and bound != machine
        if bound is not None and not is_copy and published(known) <= self.first_sequence:
            return known
        with self.transaction():
            if is_copy or published(known) > self.first_sequence:
                known = meta.renew_tracker_id(self.connection)
            if machine is not None:
                meta.put(self.connection, "machine", machine)
        return known

    def sent_warnings(self, since: int) -> list[WarningKey]:
        """The sent warnings about windows and blocks that end since `since` (ms), and about all waits and alerts."""
        return warnings.load_keys(self.connection, since)

    def save_warnings(self, reported: Sequence[Notification], now: int) -> None:
        """Save and count the warnings sent now."""
        with self.transaction():
            warnings.save(self.connection, reported, now, self._first_seen_at(now))
            meta.count_commit(self.connection, now)

    def withdraw_warnings(self, keys: Sequence[WarningKey], now: int) -> None:
        """Note that these hold no longer."""
        with self.transaction():
            warnings.withdraw(self.connection, keys, now)
            meta.count_commit(self.connection, now)

    def save_said(self, remembered: Sequence[SaidOf], now: int) -> None:
        """Save what is said of the running windows, if it is new."""
        if any(said.is_new(self.connection, one) for one in remembered):
            with self.transaction():
                said.save(self.connection, remembered)
                meta.count_commit(self.connection, now)

    def make_sums(self) -> None:
        """Make the sums that an earlier version did not keep."""
        if meta.get(self.connection, "makes_sums") is not None:
            with self.transaction():
                recent.derive(self.connection, Labels(self.connection))
                session_sums.derive_all(self.connection)
                changes.note_all(self.connection)
                meta.delete(self.connection, "makes_sums")

    def expire_warnings(self, ended: Sequence[WarningKey], now: int) -> None:
        """Expire these warnings."""
        with self.transaction():
            warnings.expire(self.connection, ended, now)

    def announce(self, now: int) -> None:
        """Start label sets first seen while no tracker served at 0; at their value if none ever served."""
        is_first = not totals.was_served(self.connection)
        if is_first or totals.has_unannounced(self.connection):
            with self.transaction():
                totals.announce(self.connection, now)
                if is_first:
                    totals.mark_served(self.connection, now)

    def forget(self, session_ids: Sequence[str], now: int) -> None:
        """Forget sessions, and leave nothing of them in the journal."""
        with self.transaction():
            forgetting.forget(self.connection, session_ids, now)
            self._forgotten = forgetting.Forgotten(self.connection)
            meta.mark_past_changed(self.connection)
            meta.count_commit(self.connection, now)
        self.connection.execute("VACUUM")  # what was deleted earlier is still in unused pages
        self.connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
