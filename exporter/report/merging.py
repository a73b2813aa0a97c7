"""What `import` and `merge` print: how much was new, already there, and skipped."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from exporter.domain.text import visible
from exporter.store.merging.merge import Merged

_NOTE = "The counters on /metrics stay as they are."


def merged_text(merged: Merged, source: Path, database: Path, *, dry_run: bool) -> str:
    """The lines. `dry_run`: nothing was written."""
    what = f"{visible(source)} into {visible(database)}"
    lines = [f"Would import {what}; nothing was written." if dry_run else f"Imported {what}."]
    lines += _lines(merged)
    return "\n".join([*lines, _NOTE])


def _lines(merged: Merged) -> Iterator[str]:
    for name, found in merged.found.items():
        if found or merged.new[name]:
            new = merged.new[name]
            yield f"  {name.capitalize():<15} {new:>11,} new {max(0, found - new):>11,} already here"
    if merged.estimates:
        yield f"  {'Estimates':<15} {merged.estimates:>11,} sessions of which only an estimate is known, in no total"
    for reason, number in merged.skipped.items():
        yield f"  {'Skipped':<15} {number:>11,} {reason}"


def merged_json(merged: Merged, *, dry_run: bool) -> dict[str, Any]:
    """The same for programs."""
    return {
        "dry_run": dry_run,
        **{
            name.replace(" ", "_"): {"new": merged.new[name], "already_here": max(0, found - merged.new[name])}
            for name, found in merged.found.items()
        },
        "estimated_sessions": merged.estimates,
        "skipped": merged.skipped,
    }
