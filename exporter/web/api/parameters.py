"""Reads query parameters. All functions raise BadRequest for an invalid value."""

from __future__ import annotations

from datetime import UTC, date, datetime, tzinfo

from flask import request

from exporter.domain.calendar import timestamp
from exporter.domain.calendar.day import Span, midnight, span_of
from exporter.store.sessions.session_rows import SessionQuery
from exporter.web.problems import BadRequest

MAX_ITEMS = 500
DEFAULT_ITEMS = 50
DEFAULT_DAYS = 30
EARLIEST, LATEST = date(1971, 1, 1), date(9998, 12, 31)
"""There is no usage outside these dates, and some time zones overflow beyond them."""


def read_limit() -> int:
    """`limit`: the number of items."""
    text = request.args.get("limit", str(DEFAULT_ITEMS))
    if not text.isdecimal() or not text.isascii() or len(text) > 9 or not 1 <= int(text) <= MAX_ITEMS:
        raise BadRequest(f"limit={text!r} is not a number from 1 to {MAX_ITEMS}")
    return int(text)


def read_flag(name: str) -> bool:
    """`true` or `false`, by default false."""
    text = request.args.get(name, "false")
    if text not in ("true", "false"):
        raise BadRequest(f"{name}={text!r} is not true or false")
    return text == "true"


def read_time(name: str) -> int | None:
    """An ISO 8601 time, by default in UTC; in ms."""
    text = request.args.get(name)
    if text is None:
        return None
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise BadRequest(f"{name}={text!r} is not a time; use a value such as 2026-11-22T10:00:00Z") from None
    return timestamp.to_ms(found if found.tzinfo is not None else found.replace(tzinfo=UTC))


def read_date(name: str) -> date | None:
    text = request.args.get(name)
    if text is None:
        return None
    try:
        found = date.fromisoformat(text)
    except ValueError:
        found = None
    if found is None or found.isoformat() != text:
        raise BadRequest(f"{name}={text!r} is not a date; use YYYY-MM-DD")
    return min(max(found, EARLIEST), LATEST)


def read_midnight(name: str, zone: tzinfo | None) -> int | None:
    """The start of a date, ms."""
    found = read_date(name)
    return midnight(found, zone) if found is not None else None


def has_span() -> bool:
    return bool({"since", "until"} & request.args.keys())


def read_span(zone: tzinfo | None) -> Span:
    """The days from `since` to `until`."""
    return span_of(read_date("since"), read_date("until"), zone)


def read_session_query(zone: tzinfo | None) -> SessionQuery:
    values = request.args
    before = None
    if "before" in values:
        start, tilde, last = values["before"].partition("~")
        if not tilde:
            raise BadRequest("before: use the `next` of the previous page")
        before = start, last
    return SessionQuery(
        limit=read_limit(),
        since=read_midnight("since", zone),
        before=before,
        project=values.get("project"),
        model=values.get("model"),
        session_type=values.get("session_type"),
        search=values.get("search") or None,
    )
