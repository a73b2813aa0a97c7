"""Whose limits they are, and how old the last reading is."""

from __future__ import annotations

import msgspec

from exporter.doctor.check import Finding, age, note, ok, warning
from exporter.domain.calendar.timestamp import DAY, HOUR

OLD_MS = DAY
BEHIND_MS = 6 * HOUR
"""How long Claude Code may be used without a reading: a session without a status line."""


class LimitFacts(msgspec.Struct, frozen=True):
    """`has_account`: whether Claude's files name an account. `observed_at`: of the last reading (ms), None without any.

    `used_at`: the last change of a transcript (ms). `is_read`: whether there is a database to look in.
    """

    now: int
    has_account: bool = False
    observed_at: int | None = None
    used_at: int | None = None
    is_read: bool = True


def check_account(facts: LimitFacts) -> Finding:
    if facts.has_account:
        return ok("Claude's files name an account.")
    return note(
        "Claude's files name no account, so limits belong to an unknown one.",
        "Log in with `claude`. With an API key nothing is missing: it has no limits of a plan.",
    )


def check_limits(facts: LimitFacts) -> Finding:
    if not facts.has_account or not facts.is_read or facts.used_at is None:
        return ok("No limits to expect yet.")
    remedy = "Run `claude-tracker setup statusline`, or `claude-tracker limits --ask`."
    if facts.observed_at is None:
        return warning("Your limits are not known yet: Claude has not reported any.", remedy)
    since = facts.now - facts.observed_at
    if since >= OLD_MS and facts.used_at - facts.observed_at >= BEHIND_MS:
        return warning(f"The last usage report from Claude is {age(since)} old, though you used it since.", remedy)
    return ok(f"The last usage report from Claude is {age(since)} old.")
