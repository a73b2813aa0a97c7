"""The page at `/`: what this is, where its faces are, and the running block in a line."""

from __future__ import annotations

from markupsafe import Markup

from exporter.domain import timestamp
from exporter.snapshot.take import BlockPart, Current

_PAGE = Markup("""<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><title>claude-tracker</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark"></head>
<body>
<h1>claude-tracker</h1>
<p>{summary}</p>
<ul>
<li><a href="/metrics">/metrics</a>: for Prometheus</li>
<li><a href="/-/ready">/-/ready</a>: 200 once the transcripts have been read</li>
<li><a href="/-/healthy">/-/healthy</a>: 200 while this runs</li>
</ul>
<p>In a terminal: <code>claude-tracker status</code></p>
</body>
</html>
""")


def landing_page(snapshot: Current | None) -> str:
    """The page; None: the first read is under way."""
    return str(_PAGE.format(summary=_summary(snapshot)))


def _summary(snapshot: Current | None) -> str:
    if snapshot is None:
        return "Reading the transcripts for the first time. Numbers follow when all of them are read."
    if snapshot.block is None:
        return f"{snapshot.health.files} transcripts are followed. No five-hour block is running."
    return f"{snapshot.health.files} transcripts are followed. {_block(snapshot.block)}"


def _block(block: BlockPart) -> str:
    minutes = round(block.figures.remaining_s / 60)
    return (
        f"The running five-hour block ({block.basis}) ends at {timestamp.to_iso(block.end)}, "
        f"in {minutes // 60} h {minutes % 60:02d} min, and holds {block.tokens.total:,} tokens."
    )
