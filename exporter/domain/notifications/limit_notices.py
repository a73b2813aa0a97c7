"""Notifications about limits: used early, used much, running out, reached, and free again."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import tzinfo

from exporter.domain.calendar.clock import duration, moment, whole_minute
from exporter.domain.calendar.timestamp import HOUR
from exporter.domain.forecast.sentence import share_text
from exporter.domain.limits.hit import FULL, window_length_ms
from exporter.domain.limits.lockout import is_of_family
from exporter.domain.limits.reading import FIVE_HOUR, SAME_RESET_MS, SEVEN_DAY, window_name
from exporter.domain.notifications.facts import Freed, Lockout, Usage, WarningFacts
from exporter.domain.notifications.warning import Kind, Notification, Severity, Thresholds, WarningKey
from exporter.domain.percent import whole_percent

EARLY: Mapping[str, tuple[tuple[float, float], ...]] = {
    FIVE_HOUR: ((0.9, 0.72),),
    SEVEN_DAY: ((0.75, 0.6), (0.5, 0.35), (0.25, 0.15)),
}
"""Claude Code's own rule for an early warning: from this share on, before this part of the window is over."""
FREE_MS = 5 * HOUR
"""How long after a reset it is news that a limit is free again."""
_FREED_BY = frozenset[Kind](("usage_critical", "limit_before_reset", "limit_hit"))


def limit_notices(
    facts: WarningFacts, thresholds: Thresholds, sent: Sequence[WarningKey], zone: tzinfo | None
) -> Iterator[Notification]:
    """What is worth saying of limits now, sent or not. `sent`: what was sent; `zone`: of times, None the machine's."""
    standing = [one for one in sent if not one.is_withdrawn]
    for usage in facts.usages:
        if usage.is_trusted and not _is_locked(usage, facts.lockouts):
            yield from _usage_notices(usage, facts, thresholds, standing, zone)
    yield from (_hit_notice(one, facts.now, zone) for one in facts.lockouts)
    yield from _free_notices(facts, sent, zone)


def _is_locked(usage: Usage, lockouts: Iterable[Lockout]) -> bool:
    """Whether this window refuses requests, or another one refuses all of the account's."""
    own = [one for one in lockouts if one.suffix == usage.suffix]
    return any(one.subject == usage.subject or not is_of_family(one.hit.window) for one in own)


def _usage_notices(
    usage: Usage, facts: WarningFacts, thresholds: Thresholds, standing: Sequence[WarningKey], zone: tzinfo | None
) -> Iterator[Notification]:
    """How much is used, at most one; and that it runs out."""
    until, certain = _until(usage, facts.now, standing), usage.resets_at is not None
    kind = _kind_of_share(usage, facts.now, thresholds, _said_of(usage.subject, until, certain, standing))
    name = _name(usage.window, usage.name)
    if kind is not None:
        title, text = _share_texts(kind, usage, facts.now, zone)
        severity: Severity = "critical" if kind == "usage_critical" else "warning"
        yield Notification(WarningKey(kind, usage.subject, until, certain), severity, f"{name}: {title}", text)
    if usage.forecast.state == "runs_out" and _is_first(usage, facts.usages, standing):
        title = f"{name} is likely to run out before its reset"
        key = WarningKey("limit_before_reset", usage.subject, until, certain)
        yield Notification(key, "warning", title, f"{usage.sentence}.")


def _said_of(subject: str, until: int, certain: bool, standing: Sequence[WarningKey]) -> set[Kind]:
    """What was said of this window before, and holds."""
    return {one.kind for one in standing if WarningKey(one.kind, subject, until, certain).is_same_warning(one)}


def _kind_of_share(usage: Usage, now: int, thresholds: Thresholds, said: set[Kind]) -> Kind | None:
    """What is worth saying of the used share. Used early says more than used much, where its share is larger."""
    is_over_warning = _earliest(usage.window) >= thresholds.warning
    if usage.share >= thresholds.critical:
        return "usage_critical"
    if (
        is_early(usage, now)
        and (usage.share < thresholds.warning or is_over_warning)
        and usage.forecast.state != "runs_out"
        and "usage_pace" not in said
    ):
        return "usage_pace"
    is_covered = "usage_critical" in said or (is_over_warning and "usage_pace" in said)
    return "usage_warning" if usage.share >= thresholds.warning and not is_covered else None


def _share_texts(kind: Kind, usage: Usage, now: int, zone: tzinfo | None) -> tuple[str, str]:
    """A title without the window, and a text."""
    title = f"{share_text(usage.share, is_official=usage.is_official)} used"
    reset = f"It resets {_at(usage.resets_at, now, zone)}." if usage.resets_at is not None else ""
    left = f"{100 - whole_percent(100 * usage.share)} % is left."
    if usage.forecast.state in ("reached", "beyond"):
        left, reset = f"{usage.sentence}.", ""
    elif kind == "usage_critical":
        left = "Almost nothing is left."
    elif kind == "usage_pace":
        title, left = f"{title} early", f"{duration((usage.resets_at or now) - now)} of its time is left."
    return title, f"{left} {reset}".rstrip()


def is_early(usage: Usage, now: int) -> bool:
    """Whether so much is used so early that Claude Code itself warns of it; only by an official share."""
    if not usage.is_official or usage.resets_at is None or usage.share >= FULL:
        return False
    length = window_length_ms(usage.window)
    elapsed = (now - (usage.resets_at - length)) / length
    return any(usage.share >= share and elapsed < part for share, part in _rules(usage.window))


def _rules(window: str) -> Sequence[tuple[float, float]]:
    return EARLY.get(SEVEN_DAY if window.startswith(SEVEN_DAY) else window, ())


def _earliest(window: str) -> float:
    """The least share that can be said to be used early."""
    return min((share for share, _ in _rules(window)), default=0.0)


def _is_first(usage: Usage, usages: Iterable[Usage], standing: Sequence[WarningKey]) -> bool:
    """Whether this window runs out before every other of its account of which that was said already.

    A second window that runs out later changes nothing for the user.
    """
    said = {one.subject for one in standing if one.kind == "limit_before_reset"}
    others = (
        one
        for one in usages
        if one.suffix == usage.suffix and one.window != usage.window and one.forecast.state == "runs_out"
    )
    own = usage.forecast.runs_out_at or 0
    return not any(
        (one.subject in said and (one.forecast.runs_out_at or 0) <= own)
        or (one.subject not in said and ((one.forecast.runs_out_at or 0), one.window) < (own, usage.window))
        for one in others
    )


def _until(usage: Usage, now: int, sent: Sequence[WarningKey]) -> int:
    """The reset. If it is unknown, a warning about the window holds for the window's length."""
    if usage.resets_at is not None:
        return usage.resets_at
    known = (one.until for one in sent if one.subject == usage.subject and not one.certain and one.until > now)
    return next(known, usage.observed_at + window_length_ms(usage.window))


def _name(window: str, account: str) -> str:
    return f"{window_name(window)} ({account})" if account else window_name(window)


def _at(ms: int, now: int, zone: tzinfo | None) -> str:
    at = whole_minute(ms)
    return f"at {moment(at, now, zone)}, in {duration(at - now)}"


def _hit_notice(lockout: Lockout, now: int, zone: tzinfo | None) -> Notification:
    hit = lockout.hit
    until = hit.resets_at if hit.resets_at is not None else hit.at + window_length_ms(hit.window)
    text = "Requests are refused. When the limit resets is not known."
    if hit.resets_at is not None:
        text = f"Requests are refused until it resets {_at(hit.resets_at, now, zone)}."
    key = WarningKey("limit_hit", lockout.subject, until, hit.resets_at is not None)
    return Notification(key, "critical", f"{_name(hit.window, lockout.name)}: limit reached", text)


def _free_notices(facts: WarningFacts, sent: Sequence[WarningKey], zone: tzinfo | None) -> Iterator[Notification]:
    """One for each window that reset after it was reached, or nearly, unless another limit still refuses requests."""
    for one in (*facts.freed, *_warned_of(facts, sent)):
        is_news = one.at <= facts.now < one.at + FREE_MS
        is_locked = any(other.suffix == one.suffix and not is_of_family(other.hit.window) for other in facts.lockouts)
        if is_news and not is_locked:
            text = f"It was reset at {moment(whole_minute(one.at), facts.now, zone)}."
            key = WarningKey("limit_free", one.window + one.suffix, one.at)
            yield Notification(key, "info", f"{_name(one.window, one.name)}: your limit is free again", text)


def _warned_of(facts: WarningFacts, sent: Sequence[WarningKey]) -> Iterator[Freed]:
    """The windows that were said to be reached, or nearly, or to run out, when they reset."""
    names = {one.suffix: one.name for one in facts.usages}
    for key in sent:
        if key.kind in _FREED_BY and key.certain and (key.kind == "limit_hit" or not key.is_withdrawn):
            window, mark, rest = key.subject.partition("~")
            yield Freed(window, key.until, mark + rest, names.get(mark + rest, ""))


def renewed(notice: Notification, facts: WarningFacts, zone: tzinfo | None) -> Notification:
    """A notification that was sent before, in the words and figures of now; what is not about limits as it was."""
    key = notice.key
    lockout = next((one for one in facts.lockouts if one.subject == key.subject), None)
    if key.kind == "limit_hit" and lockout is not None:
        now = _hit_notice(lockout, facts.now, zone)
        return Notification(key, notice.severity, now.title, now.text)
    usage = next((one for one in facts.usages if one.subject == key.subject and _is_of(one, key)), None)
    if usage is None:
        return notice
    if key.kind in ("usage_warning", "usage_critical", "usage_pace"):
        title, text = _share_texts(key.kind, usage, facts.now, zone)
        return Notification(key, notice.severity, f"{_name(usage.window, usage.name)}: {title}", text)
    if key.kind == "limit_before_reset" and usage.forecast.state == "runs_out":
        return Notification(key, notice.severity, notice.title, f"{usage.sentence}.")
    return notice


def no_longer_holds(key: WarningKey, facts: WarningFacts, thresholds: Thresholds) -> bool:
    """Whether a notification about a limit that runs on was wrong, or is not so any more."""
    if key.kind == "limit_hit":
        return key.until > facts.now and not any(one.subject == key.subject for one in facts.lockouts)
    usage = next((one for one in facts.usages if one.subject == key.subject), None)
    if usage is None or not _is_of(usage, key):
        return False
    is_reached = usage.forecast.state in ("reached", "beyond")
    if key.kind == "limit_before_reset":
        return not is_reached and usage.forecast.state != "runs_out"
    least = {"usage_warning": thresholds.warning, "usage_critical": thresholds.critical}.get(key.kind)
    if least is not None:
        return usage.share < least
    return key.kind == "usage_pace" and not is_reached and not is_early(usage, facts.now)


def _is_of(usage: Usage, key: WarningKey) -> bool:
    """Whether the notification is about the window that runs."""
    if usage.resets_at is None or not key.certain:
        return usage.resets_at is None and not key.certain
    return abs(usage.resets_at - key.until) <= SAME_RESET_MS
