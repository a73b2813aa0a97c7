from __future__ import annotations

import logging
import sys

from exporter.domain.log_lines import FORMAT, LogLines


def record(message: str, *values: object, exc_info: bool = False) -> logging.LogRecord:
    error = sys.exc_info() if exc_info else None
    return logging.LogRecord("exporter.x", logging.WARNING, "x.py", 1, message, values, error)


def test_a_message_is_one_line() -> None:
    text = LogLines("%(levelname)s %(message)s").format(
        record("cannot read %s", "a\x1b[2J\n2026-11-22 10:00:00,000 ERROR forged\u202e")
    )
    assert "WARNING cannot read a\\x1b[2J\\n2026-11-22 10:00:00,000 ERROR forged\\u202e" == text


def test_a_traceback_stays_readable_and_forges_no_line() -> None:
    try:
        raise ValueError("bad\n2026-11-22 10:00:00,000 ERROR forged\x1b[2J\r\u2028")
    except ValueError:
        made = record("failed", exc_info=True)
        made.exc_text = "cached\x1b by another formatter"
        first, *rest = LogLines(FORMAT).format(made).split("\n")
    assert first.endswith(" WARNING failed")
    assert "    Traceback (most recent call last):" == rest[0]
    assert ["    ValueError: bad", "    2026-11-22 10:00:00,000 ERROR forged\\x1b[2J\\r\\u2028"] == rest[-2:]
    assert all(line.startswith("    ") for line in rest)
