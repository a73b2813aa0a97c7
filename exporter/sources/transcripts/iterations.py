"""The parts of a response: what `usage.iterations` holds that the response's own counts do not, and its requests.

    message, message                            the counts are their sum: two requests
    message, advisor_message                    the counts are the message's; the advisor's are billed in addition
    compaction, message                         the same of a compaction on the server
    message, fallback_message                   the counts are the last attempt's; an earlier one is billed if it
                                                had output

Which messages are inside the counts is found by adding them up, not by the client's version.
Source: the API's documentation of server-side compaction, and public reports of responses after a refusal.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import NamedTuple

from exporter.domain.usage.counting import Extra
from exporter.domain.usage.pricing import Counts
from exporter.domain.usage.tokens import Tokens
from exporter.sources.transcripts.lines import Iteration
from exporter.sources.transcripts.records import token_counts

_ATTEMPTS = ("message", "fallback_message")
_ADDED = ("advisor_message", "compaction")


class Parts(NamedTuple):
    """`extras`: what is billed in addition to the response's own counts. `requests`: the counts of each, if several."""

    extras: tuple[Extra, ...] = ()
    requests: tuple[Counts, ...] = ()

    @property
    def extra_tokens(self) -> int:
        return sum(extra.tokens.total for extra in self.extras)


NO_PARTS = Parts()


def parts_of(iterations: Sequence[Iteration], counts: Counts, model: str | None) -> tuple[Parts, Iteration | None]:
    """The parts of a response with these own counts, and the first iteration with impossible counts, if any.

    `model`: the response's, for a part that names none.
    """
    counted = [(part, token_counts(part)) for part in iterations]
    bad = next((part for part, found in counted if found is None), None)
    attempts = [(part, found) for part, found in counted if part.type in _ATTEMPTS and found is not None]
    chosen = _inside(attempts, counts)
    earlier = [(part, found) for at, (part, found) in enumerate(attempts) if at not in chosen and found[1]]
    added = [(part, found) for part, found in counted if part.type in _ADDED and found is not None]
    extras = tuple(
        Extra(part.model or _unnamed(part, model), Tokens(*found)) for part, found in (*earlier, *added) if any(found)
    )
    own = [found for at, (_, found) in enumerate(attempts) if at in chosen and any(found)]
    is_exact = len(own) > 1 and _sum(own) == _merged(counts)
    return Parts(extras, _with_writes(own, counts) if is_exact else ()), bad


def _inside(attempts: Sequence[tuple[Iteration, Counts]], counts: Counts) -> Collection[int]:
    """The indexes of the attempts that the counts include: the first choice that adds up to them.

    Without a fallback: all, then the last ones, the first ones, a single one. With one, the last ones come first. If
    nothing adds up: all, or those from the last fallback on.
    """
    last, total = len(attempts), _merged(counts)
    fallbacks = [at for at, (part, _) in enumerate(attempts) if part.type == "fallback_message"]
    messages = [at for at, (part, _) in enumerate(attempts) if part.type == "message"]
    ends, starts = [range(at, last) for at in reversed(range(last))], [range(at) for at in range(last, 0, -1)]
    choices = [*ends, messages, *starts, *([at] for at in range(last))]
    for choice in choices if fallbacks else [range(last), *choices]:
        if choice and _sum([attempts[at][1] for at in choice]) == total:
            return choice
    return range(max(fallbacks, default=0), last)


def _unnamed(part: Iteration, model: str | None) -> str:
    """The model of a part that names none: the response's own, unless the part is another model's."""
    return "unknown" if part.type == "advisor_message" else model or "unknown"


def _merged(counts: Counts) -> tuple[int, int, int, int]:
    """All cache writes as one: a part may not say for how long it wrote."""
    uncached, output, read, five_minutes, hour = counts
    return uncached, output, read, five_minutes + hour


def _sum(parts: Sequence[Counts]) -> tuple[int, int, int, int]:
    merged = [_merged(part) for part in parts]
    return tuple(map(sum, zip(*merged, strict=True)))  # type: ignore[return-value]


def _with_writes(parts: Sequence[Counts], counts: Counts) -> tuple[Counts, ...]:
    """The parts, with cache writes for as long as the response says in total."""
    if tuple(map(sum, zip(*parts, strict=True))) == counts:
        return tuple(parts)
    hours_left, found = counts[4], []
    for uncached, output, read, five_minutes, hour in parts:
        written = five_minutes + hour
        hours = min(written, hours_left)
        hours_left -= hours
        found.append((uncached, output, read, written - hours, hours))
    return tuple(found)
