"""Parses the standard input of the status line command.

Of it only `rate_limits`, `session_id`, `transcript_path`, `cost`, `prompt_cache`, `workspace.repo` and `pr` are read.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import Any

import msgspec

from exporter.domain.accounts import Origin
from exporter.domain.limits.naming import family_of, family_window, window_of
from exporter.domain.limits.reading import ReportedReading
from exporter.domain.text import short_text
from exporter.domain.usage.activity import NO_FACTS, SessionFacts
from exporter.sources.limits.money import parse_dollars
from exporter.sources.limits.prompt_cache import parse_prompt_cache
from exporter.sources.limits.report import (
    STATUSLINE,
    LimitReport,
    object_in,
    objects_in,
    parse_name,
    parse_number,
    parse_reading,
)

MAX_PATH = 4_096
_SPEND_LIMIT, _MODELS = "spend_limit", "model_scoped"


class _Statusline(msgspec.Struct):
    rate_limits: dict[str, Any] | None = None
    session_id: Any = None
    transcript_path: Any = None
    cost: Any = None
    workspace: Any = None
    pr: Any = None
    prompt_cache: Any = None


def parse_statusline(content: bytes, observed_at: int) -> LimitReport:
    """Parse a statusLine command's standard input as UTF-8, received at `observed_at` (ms).

    Raises msgspec.DecodeError.
    """
    line = msgspec.json.decode(content, type=_Statusline)
    limits = line.rate_limits or {}
    origin = Origin(transcript=parse_name(line.transcript_path, MAX_PATH), session=parse_name(line.session_id))
    totals = _totals(line.cost, origin.session)
    by_window: dict[str, ReportedReading] = {}
    for window, percent, resets_at in _windows(limits):
        if (reading := parse_reading(window, STATUSLINE, observed_at, percent, resets_at)) is not None:
            answer = _hash(totals, reading.window, percent, resets_at)
            by_window[reading.window] = ReportedReading(reading, origin, answer)
    spent = parse_dollars(object_in(limits, _SPEND_LIMIT), observed_at, origin)
    facts = _facts(line)
    sessions = [(origin.session, facts)] if origin.session is not None and facts != NO_FACTS else []
    cached = parse_prompt_cache(line.prompt_cache, line.cost, observed_at)
    return LimitReport(
        list(by_window.values()),
        credits=[spent] if spent is not None else [],
        sessions=sessions,
        caches=[(origin.session, cached)] if origin.session is not None and cached is not None else [],
    )


def _facts(line: _Statusline) -> SessionFacts:
    """The session's repository and pull request."""
    repo = line.workspace.get("repo") if isinstance(line.workspace, dict) else None
    parts = [short_text(repo.get(key)) for key in ("host", "owner", "name")] if isinstance(repo, dict) else [None]
    url = short_text(line.pr.get("url")) if isinstance(line.pr, dict) else None
    return SessionFacts((), "/".join(part for part in parts if part) if all(parts) else None, url)


def _windows(limits: dict[str, Any]) -> Iterator[tuple[str | None, Any, Any]]:
    """Each window with its percent and reset as written; of one named twice the last is the more exact."""
    for name, value in limits.items():
        if isinstance(value, dict):
            yield window_of(name), value.get("used_percentage"), value.get("resets_at")
    for model in objects_in(limits, _MODELS):
        family, percent = family_of(model.get("display_name")), model.get("utilization", model.get("used_percentage"))
        yield family_window(family) if family is not None else None, percent, model.get("resets_at")


def _totals(cost: Any, session: str | None) -> list[Any]:
    """What grows with each API answer. It goes on under the new session after `/clear`, so the session is left out.

    Before the first answer, and where they are not given, the session is needed to distinguish them.
    """
    totals = [cost.get(key) for key in ("total_api_duration_ms", "total_cost_usd")] if isinstance(cost, dict) else []
    return totals if totals and parse_number(totals[0]) else [*totals, session]


def _hash(*values: Any) -> str:
    return hashlib.sha256(msgspec.json.encode(values, order="sorted")).hexdigest()[:32]
