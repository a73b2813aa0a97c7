"""Entries that wait for their time, as version 3 stored them, in the form of version 4. Both never change."""

from __future__ import annotations

import json
from typing import Any

_REQUEST, _SIDECHAIN, _UUID, _STOP, _COLUMNS = 1, 2, 5, 7, 15
"""Columns of a response in version 3."""


def held_rows(value: str) -> str:
    """The path of the file, its creation, and its sessions, as JSON."""
    path, born, sessions = json.loads(value)
    return json.dumps([path, born, [_session(*session) for session in sessions]])


def _session(
    session_id: str,
    conversation: Any,
    responses: list[list[Any]],
    rare: list[list[Any]],
    _: Any,
    prompts: Any,
    tools: Any,
    errors: Any,
    stops: Any,
    owners: Any = (),
) -> list[Any]:
    new = [list(map(_response, rows)) for rows in (responses, rare)]
    return [session_id, conversation, *new, [], prompts, tools, errors, stops, [], [None, None, None], owners]


def _response(row: list[Any]) -> list[Any]:
    """With `line` and `doubt`, and a rare one's `requests`."""
    line = row[_UUID] if not row[_REQUEST] else ""
    more = [None] if len(row) > _COLUMNS else []
    head, middle = row[: _SIDECHAIN + 1], row[_SIDECHAIN + 1 : _STOP + 1]
    return [*head, line, *middle, None, *row[_STOP + 1 :], *more]
