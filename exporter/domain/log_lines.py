"""The format of log lines: one line per message, whatever text it contains."""

from __future__ import annotations

import logging

import msgspec

from exporter.domain.calendar import timestamp
from exporter.domain.text import visible, visible_lines

FORMAT = "%(asctime)s %(levelname)s %(message)s"
_INDENT = "    "


class LogLines(logging.Formatter):
    """Makes every message visible, so that a text in it cannot control a terminal or forge a log line.

    The lines of a traceback stay lines, indented: none of them can look like a message.
    """

    def format(self, record: logging.LogRecord) -> str:
        record.message = visible(record.getMessage())
        if self.usesTime():
            record.asctime = self.formatTime(record, self.datefmt)
        lines = [self.formatMessage(record)]
        if record.exc_info:
            lines.append(_indented(self.formatException(record.exc_info)))
        if record.stack_info:
            lines.append(_indented(record.stack_info))
        return "\n".join(lines)


class JsonLines(logging.Formatter):
    """One JSON object per message: `time` in ISO 8601 UTC, `level`, `message`, and `exception` if there is one."""

    def format(self, record: logging.LogRecord) -> str:
        found = {
            "time": timestamp.to_iso(int(record.created * 1000)),
            "level": record.levelname.lower(),
            "message": visible(record.getMessage()),
        }
        if record.exc_info:
            found["exception"] = visible_lines(self.formatException(record.exc_info))
        return msgspec.json.encode(found).decode()


def _indented(text: str) -> str:
    return "\n".join(_INDENT + line for line in visible_lines(text).split("\n"))
