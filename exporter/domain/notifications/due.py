"""The tracker's own notifications: which are due, and which of those sent hold no longer.

Each is sent once: of usage once until its window resets, of a block's end once per block, of a limit that was reached
once, of a waiting session once while it waits. One that turned out wrong is withdrawn; it may come true later, and is
sent again then.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import tzinfo

from exporter.domain.calendar.clock import duration
from exporter.domain.notifications.facts import WaitingSession, WarningFacts
from exporter.domain.notifications.limit_notices import limit_notices, no_longer_holds
from exporter.domain.notifications.warning import WINDOW_KINDS, Kind, Notification, Thresholds, WarningKey

_AGAIN = frozenset[Kind](("usage_warning", "usage_critical", "usage_pace", "limit_before_reset"))
"""What is sent again after it was withdrawn."""


def due_notifications(
    facts: WarningFacts, thresholds: Thresholds, sent: Sequence[WarningKey], zone: tzinfo | None = None
) -> list[Notification]:
    """The notifications to send now that were not sent yet. `zone`: of times, None for the machine's."""
    known = [one for one in sent if not (one.is_withdrawn and one.kind in _AGAIN)]
    waiting_ms = thresholds.waiting_s * 1000
    found = [
        *limit_notices(facts, thresholds, sent, zone),
        *_block_notices(facts, thresholds),
        *(_waiting_notice(one, facts.now) for one in facts.waiting if facts.now - one.since >= waiting_ms),
    ]
    due: list[Notification] = []
    for notice in found:
        if not any(notice.key.is_same_warning(one) for one in (*known, *(other.key for other in due))):
            due.append(notice)
    return due


def withdrawn(facts: WarningFacts, thresholds: Thresholds, sent: Sequence[WarningKey]) -> list[WarningKey]:
    """Those sent that hold no longer, though their window, or wait, is not over by time alone."""
    waits = {(one.session_id, one.since) for one in facts.waiting}
    return [
        key
        for key in sent
        if not key.is_withdrawn
        and (
            (key.kind in WINDOW_KINDS and no_longer_holds(key, facts, thresholds))
            or (key.kind == "session_waiting" and facts.sees_sessions and (key.subject, key.until) not in waits)
        )
    ]


def expired_warnings(facts: WarningFacts, thresholds: Thresholds, sent: Sequence[WarningKey]) -> list[WarningKey]:
    """Warnings sent for windows without a known reset that must have reset since, because their usage is low now."""
    low = thresholds.warning / 2
    little = {usage.subject for usage in facts.usages if usage.resets_at is None and usage.share < low}
    return [one for one in sent if not one.certain and one.subject in little and one.until > facts.now]


def _block_notices(facts: WarningFacts, thresholds: Thresholds) -> Iterator[Notification]:
    end = facts.block_end
    if end is not None and 0 < end - facts.now <= thresholds.block_end_s * 1000:
        text = f"Your 5-hour block ends in {duration(end - facts.now)}; the next prompt after that starts a new one."
        yield Notification(WarningKey("block_ending", "block", end), "warning", "Block ending soon", text)


def _waiting_notice(waiting: WaitingSession, now: int) -> Notification:
    where = f" in {waiting.project}" if waiting.project else ""
    what = f" for {waiting.waiting_for}" if waiting.waiting_for else ""
    text = f"Claude has been waiting{what} for {duration(now - waiting.since)}."
    key = WarningKey("session_waiting", waiting.session_id, waiting.since)
    return Notification(key, "warning", f"A session{where} is waiting", text)
