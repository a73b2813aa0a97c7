"""Changes keys of a hand-written TOML file, and nothing else in it."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Mapping

_TABLE = re.compile(r"^[ \t]*\[", re.MULTILINE)


def set_keys(text: str, values: Mapping[str, str | list[str] | None]) -> str:
    """The text with these top-level keys set, or removed if None.

    Raises ValueError if a line-by-line change is not possible, as with a value that spans several lines.
    """
    before = tomllib.loads(text)
    table = _TABLE.search(text)
    head_end = table.start() if table is not None else len(text)
    head, rest = text[:head_end], text[head_end:]
    for key, value in values.items():
        line = re.compile(rf'^[ \t]*(?:{re.escape(key)}|"{re.escape(key)}")[ \t]*=.*\n?', re.MULTILINE)
        new_line = f"{key} = {json.dumps(value)}\n" if value is not None else ""
        if line.search(head):
            head = line.sub(lambda _, new_line=new_line: new_line, head, count=1)  # type: ignore[misc]
        elif new_line:
            body = head.rstrip("\n")
            after_it = head[len(body) + 1 :] or ("\n" if rest else "")
            head = f"{body}\n{new_line}{after_it}" if body else f"{new_line}{after_it}"
    after = head + rest
    expected = {key: value for key, value in (before | dict(values)).items() if value is not None}
    try:
        found = tomllib.loads(after)
    except tomllib.TOMLDecodeError as error:
        raise ValueError(str(error)) from error
    if found != expected:
        raise ValueError("the value of a key to change spans several lines")
    return after
