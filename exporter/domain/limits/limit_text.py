"""Parses limit texts: which windows are used up, and when they reset.

    text       clause (separator clause)*             separators: ` · `, ` ∙ `, a new line, the end of a sentence
    beginning  You've hit|reached your NAME limit     the first clause; anything else is not about a limit
             | NAME limit reached
             | what only spending has: You're out of usage credits, Your org is out of usage, …
    suffix     resets TIME                            when the limit of the beginning resets
             | your NAME limit resets TIME            a second window
             | anything else                          says nothing
    NAME       words that say the window; none: it follows from how far away the reset is

A limit of spending is one of credits, seats, organizations, groups or channels.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import UTC, tzinfo
from typing import NamedTuple

from exporter.domain.blocks.block import BLOCK_MS
from exporter.domain.calendar import timestamp
from exporter.domain.limits import reset_time
from exporter.domain.limits.hit import Hit, window_length_ms
from exporter.domain.limits.naming import family_of, family_window
from exporter.domain.limits.reading import FIVE_HOUR, SAME_RESET_MS, SEVEN_DAY, SPEND
from exporter.domain.usage.families import CURRENT_FAMILIES

_MAX_CHARACTERS = 1_000
_SEPARATOR = re.compile(r"\s*[·∙•]\s*|\s*[\r\n]+\s*|(?<=[a-z0-9)])\.\s+(?=[A-Z/])")
_WORD = r"[\w'’.-]+"
_YOURS = re.compile(
    rf"You['’]ve (?:hit|reached) your (?P<name>(?:{_WORD} ){{0,6}}?)(?P<head>limit|budget|cap)\b", re.IGNORECASE
)
_REACHED = re.compile(
    rf"(?:Claude (?:AI )?)?(?P<name>(?:{_WORD} ){{0,3}}?)(?P<head>limit|budget|cap) reached\b", re.IGNORECASE
)
_SPEND_ONLY = re.compile(
    rf"""
    You['’]re \s out \s of \s (?:extra \s)? (?:usage|credits?)
    | Your \s (?:{_WORD} \s){{1,4}} is \s out \s of \s (?:extra \s)? (?:usage|credits?)
    | Your \s seat \s (?:{_WORD} \s){{0,2}} (?:doesn['’]t|does \s not) \s include
    | Your \s (?:{_WORD} \s){{1,6}} (?:limit|budget|cap) \s is \s set \s to
    | (?:{_WORD} \s){{1,4}} requires \s (?:usage \s credits|extra \s usage)
    """,
    re.IGNORECASE | re.VERBOSE,
)
_RESETS = re.compile(
    rf"(?:\byour (?P<name>(?:{_WORD} ){{0,4}}?)(?:limit|budget|cap) )?(?:will )?\bresets?\b(?: at| on)?:? *",
    re.IGNORECASE,
)
_EPOCH = re.compile(r"\|\s*(\d{9,13})\b")

_FIVE_HOUR_WORDS = frozenset(("session", "5-hour", "five-hour"))
_WEEK_WORDS = frozenset(("weekly", "7-day", "seven-day"))
_SPEND_WORDS = frozenset((
    "spend", "spending", "credit", "credits", "budget", "cap", "extra", "monthly", "individual", "pooled", "org",
    "organization", "team", "group", "channel", "workspace", "seat",
))  # fmt: skip
_OTHER_LIMITS = frozenset((
    "api", "rate", "request", "requests", "context", "token", "tokens", "output", "conversation", "length", "image",
    "file", "upload",
))  # fmt: skip
_FILLERS = frozenset(("claude", "usage", "plan", "pro", "max", "all", "models", "daily", "current", "message"))
_FAMILIES = frozenset(CURRENT_FAMILIES)


class _Limit(NamedTuple):
    """`window`: None for the plan's limit without a name."""

    window: str | None


class _Reset(NamedTuple):
    """A reset in a text. `name`: the words before `limit`, None if it is that of the beginning."""

    name: list[str] | None
    at: int | None
    zone: str | None


def parse_limit_text(text: str, at: int, local: tzinfo) -> tuple[Hit, ...]:
    """Parse the hits from a text written at `at` (ms); none if it is not about a limit of a plan or of spending.

    Two if it is about spending and the plan's window is used up as well: the text names it with its reset, or gives a
    reset at most five hours away. `local`: the zone of a reset without one, or with one that cannot be looked up.
    """
    clauses = _clauses(text)
    resets = list(_resets(clauses, at, local))
    own = next((reset.at for reset in resets if reset.name is None), None)
    limit = _beginning(clauses[0], own is not None)
    if limit is None:
        return ()
    window, other = limit.window, next(_named_resets(resets), None)
    if other is not None and window in (None, other[0]):
        window, own, other = other[0], own or other[1], None
    if window == SPEND:
        return _spend_hits(at, own, other)
    inferred = FIVE_HOUR if own is None or own - at <= BLOCK_MS else SEVEN_DAY
    hit = _hit(window or inferred, own, at=at, named=window is not None)
    return (hit,) if other is None else (hit, _hit(*other, at=at))


def unknown_zone(text: str) -> str | None:
    """The zone of a reset in the text that cannot be looked up; None if there is none."""
    zones = (reset.zone for reset in _resets(_clauses(text), 0, UTC))
    return next((zone for zone in zones if zone is not None and reset_time.find_zone(zone) is None), None)


def _clauses(text: str) -> list[str]:
    return _SEPARATOR.split(text[:_MAX_CHARACTERS].strip())


def _beginning(clause: str, has_reset: bool) -> _Limit | None:
    if _SPEND_ONLY.match(clause):
        return _Limit(SPEND)
    if found := _YOURS.match(clause):
        words = _words(found["name"], found["head"])
        return _Limit(SPEND) if words == ["usage"] else _limit_of(words, has_reset)
    if found := _REACHED.match(clause):
        return _limit_of(_words(found["name"], found["head"]), has_reset)
    return None


def _words(name: str, head: str = "limit") -> list[str]:
    return name.lower().replace("’", "'").split() + ([head.lower()] if head.lower() != "limit" else [])


def _limit_of(words: Sequence[str], has_reset: bool) -> _Limit | None:
    """The limit that these words before `limit` name.

    None for limits of other things. A word that is not a model's, without a reset, names no window.
    """
    if not _OTHER_LIMITS.isdisjoint(words):
        return None
    if not _SPEND_WORDS.isdisjoint(words) or any(word.endswith(("'s", "s'")) for word in words):
        return _Limit(SPEND)
    if not _FIVE_HOUR_WORDS.isdisjoint(words):
        return _Limit(FIVE_HOUR)
    is_week = not _WEEK_WORDS.isdisjoint(words)
    names = [word for word in words if word not in _WEEK_WORDS and word not in _FILLERS]
    if not names:
        return _Limit(SEVEN_DAY if is_week else None)
    family = family_of(" ".join(names))
    is_model = is_week or family in _FAMILIES or any(word[0].isdigit() for word in names)
    return _Limit(family_window(family)) if family is not None and (is_model or has_reset) else None


def _resets(clauses: Sequence[str], at: int, local: tzinfo) -> Iterator[_Reset]:
    for clause in clauses:
        if epoch := _EPOCH.search(clause):
            moment = timestamp.from_epoch(int(epoch[1]))
            yield _Reset(None, moment if moment > at - SAME_RESET_MS else None, None)
        for found in _RESETS.finditer(clause):
            if (written := reset_time.parse(clause[found.end() :])) is not None:
                words = _words(found["name"] or "")
                name = words if words and words != ["usage"] else None
                yield _Reset(name, reset_time.next_time(written, at, local), written.zone)


def _named_resets(resets: Sequence[_Reset]) -> Iterator[tuple[str, int | None]]:
    for reset in resets:
        limit = _limit_of(reset.name, has_reset=True) if reset.name is not None else None
        if limit is not None and limit.window is not None:
            yield limit.window, reset.at


def _spend_hits(at: int, own: int | None, other: tuple[str, int | None] | None) -> tuple[Hit, ...]:
    if other is not None:
        return _hit(SPEND, own, at=at), _hit(*other, at=at)
    if own is not None and own - at <= BLOCK_MS:
        return _hit(SPEND, None, at=at), _hit(FIVE_HOUR, own, at=at, named=False)
    return (_hit(SPEND, own, at=at),)


def _hit(window: str, resets_at: int | None, *, at: int, named: bool = True) -> Hit:
    """A reset that is farther away than the window is long is from a clock in another zone, or of another day."""
    if resets_at is not None and resets_at > at + window_length_ms(window) + SAME_RESET_MS:
        resets_at = None
    return Hit(window, at, resets_at, named=named)
