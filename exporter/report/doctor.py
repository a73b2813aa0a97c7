"""The report of the doctor: what needs attention first, and then how much is fine."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence

from rich.console import Group, RenderableType
from rich.text import Text

from exporter.doctor.check import STATUSES, Check
from exporter.report.formatting import format_count

_STYLES = {"error": "bold red", "warning": "bold yellow", "note": "bold cyan", "ok": "green"}


def doctor(checks: Sequence[Check], width: int, *, lists_all: bool) -> RenderableType:
    """Errors, warnings and notes, each with its remedy; `lists_all`: also what is fine. `width`: in columns."""
    parts: list[RenderableType] = []
    for status in STATUSES[:-1]:
        for check in (one for one in checks if one.status == status):
            parts += [_headline(check), _indented(check.message, width)]
            parts += [_indented(f"→ {check.remedy}", width)] if check.remedy is not None else []
            parts.append(Text())
    fine = [check for check in checks if check.status == "ok"]
    if lists_all:
        parts += [_on_one_line(check, width) for check in fine]
    summary = f"{format_count(len(fine), 'check')} {'is' if len(fine) == 1 else 'are'} fine"
    return Group(*parts, Text(f"{summary}." if lists_all else f"{summary} (--all lists them)."))


def _headline(check: Check) -> Text:
    return Text.assemble((check.status, _STYLES[check.status]), f"  {check.id}")


def _indented(text: str, width: int) -> Text:
    return Text(_wrapped(text, width, "  "))


def _on_one_line(check: Check, width: int) -> Text:
    start = f"{check.status}  {check.id}  "
    rest = _wrapped(f"{start}{check.message}", width, "")[len(check.status) :]
    return Text.assemble((check.status, _STYLES[check.status]), rest)


def _wrapped(text: str, width: int, indent: str) -> str:
    return textwrap.fill(
        text, width, initial_indent=indent, subsequent_indent="  ", break_long_words=False, break_on_hyphens=False
    )
