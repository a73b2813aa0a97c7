"""Texts from outside: cleaned for use as labels, and made safe to show on a terminal, in a log or in a notification."""

from __future__ import annotations

import re
from collections.abc import Callable

MAX_CHARACTERS = 100
_HIDDEN = frozenset(("Cc", "Cf", "Cs", "Zl", "Zp"))
"""Unicode categories: controls, formats (bidi, zero-width, tags), half characters, separators of lines."""
_FILLERS = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u3164\uffa0")
"""Letters and marks that are drawn as nothing."""
_ID = re.compile("[0-9a-f]{24}", re.IGNORECASE)


def printable(text: str) -> str:
    """Remove control characters, which would move a terminal's cursor, and shorten to a label's length."""
    return "".join(c for c in text[: 2 * MAX_CHARACTERS] if c.isprintable())[:MAX_CHARACTERS]


def short_text(value: object, longest: int = 1_024) -> str | None:
    """A text that can be shown as it is: not empty, not long, no control characters. None for anything else."""
    is_short = isinstance(value, str) and 0 < len(value) <= longest
    return str(value) if is_short and str(value).isprintable() else None


def is_id_like(text: str) -> bool:
    """Whether 24 or more hex digits follow each other, apart from `_` and `-`: a UUID, a hash, also within a name."""
    return _ID.search(text.replace("_", "").replace("-", "")) is not None


def visible(text: object) -> str:
    r"""The text on one line, with every character that a terminal would obey or not draw as its escape.

    `\x1b` for an escape, `\n` for a line break, `\u202e` for a bidi override, `\udcff` for a byte that is not UTF-8.
    """
    return _escaped(str(text), _escape)


def visible_lines(text: object) -> str:
    """The same for a text of several lines, which stay lines."""
    return "\n".join(visible(line) for line in str(text).split("\n"))


def visible_json(text: str) -> str:
    """JSON with the same characters as its own escapes, so that it is equal when parsed. Keeps its line breaks."""
    return "\n".join(_escaped(line, _escape_json) for line in text.split("\n"))


def first_line(text: str, longest: int) -> str:
    """The first line that is not blank, visible, with at most `longest` characters; a longer one ends with `…`."""
    lines = text[: 100 * longest].lstrip().splitlines()
    shown = visible(lines[0][: longest + 1].rstrip()) if lines else ""
    return shown if len(shown) <= longest else f"{shown[: longest - 1]}…"


def _escaped(text: str, escape: Callable[[str], str]) -> str:
    if text.isprintable() and _FILLERS.isdisjoint(text):
        return text
    return "".join(escape(c) if _is_hidden(c) else c for c in text)


def _is_hidden(character: str) -> bool:
    if character.isprintable():
        return character in _FILLERS
    import unicodedata  # not needed by most texts

    return unicodedata.category(character) in _HIDDEN


def _escape(character: str) -> str:
    return character.encode("unicode_escape").decode("ascii")


def _escape_json(character: str) -> str:
    code = ord(character)
    if code < 0x10000:
        return f"\\u{code:04x}"
    high, low = divmod(code - 0x10000, 0x400)
    return f"\\u{0xD800 + high:04x}\\u{0xDC00 + low:04x}"


def as_utf8(content: bytes) -> bytes:
    """JSON as UTF-8 without a byte order mark, which Windows PowerShell puts in front of UTF-8 and UTF-16.

    UTF-16 without the mark shows by its second or first byte: JSON begins with an ASCII character, and has no NUL.
    """
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return content.decode("utf-16", "replace").encode("utf-8", "replace")
    if content[:1] != b"\0" and content[1:2] == b"\0":
        return content.decode("utf-16-le", "replace").encode("utf-8", "replace")
    if content[:1] == b"\0" and content[1:2] not in (b"\0", b""):
        return content.decode("utf-16-be", "replace").encode("utf-8", "replace")
    return content.removeprefix(b"\xef\xbb\xbf")
