"""Changes keys of a TOML file that people write, and nothing else in it."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Mapping

_TABLE = re.compile(r"^[ \t]*\[", re.MULTILINE)


def changed(text: str, values: Mapping[str, str | None]) -> str:
    """The file with these top-level keys set, or taken out where None.

    Raises ValueError where that cannot be done line by line, as where a value spans several.
    """
    before = tomllib.loads(text)
    table = _TABLE.search(text)
    at = table.start() if table is not None else len(text)
    head, rest = text[:at], text[at:]
    for key, value in values.items():
        line = re.compile(rf'^[ \t]*(?:{re.escape(key)}|"{re.escape(key)}")[ \t]*=.*\n?', re.MULTILINE)
        wanted = f"{key} = {json.dumps(value)}\n" if value is not None else ""
        if line.search(head):
            head = line.sub(lambda _, wanted=wanted: wanted, head, count=1)  # type: ignore[misc]
        elif wanted:
            body = head.rstrip("\n")
            after_it = head[len(body) + 1 :] or ("\n" if rest else "")
            head = f"{body}\n{wanted}{after_it}" if body else f"{wanted}{after_it}"
    after = head + rest
    expected = {key: value for key, value in (before | dict(values)).items() if value is not None}
    try:
        found = tomllib.loads(after)
    except tomllib.TOMLDecodeError as error:
        raise ValueError(str(error)) from error
    if found != expected:
        raise ValueError("a key that is to be changed spans several lines")
    return after
