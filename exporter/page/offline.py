"""The page as a single self-contained file."""

from __future__ import annotations

import html
import json
import re
from typing import Any

from exporter.page.bundle import bundled
from exporter.page.files import SCRIPT, STYLES, TEMPLATE, text

OFFLINE_POLICY = (
    "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src data:; "
    "base-uri 'none'; form-action 'none'"
)


def offline_html(data: dict[str, Any], made_at: str) -> str:
    """The page with its data, as a file that opens without a server or a network.

    `data`: see `offline_data`. `made_at`: ISO 8601 UTC, shown as the page's date.
    """
    styles = "".join(text(name) for name in STYLES)
    head = f'<meta http-equiv="Content-Security-Policy" content="{OFFLINE_POLICY}">\n<style>\n{styles}</style>'
    scripts = [
        f'<script type="application/json" id="data" data-made-at="{html.escape(made_at)}">{_as_json(data)}</script>',
        f'<script type="module">{_as_script(bundled(SCRIPT))}</script>',
    ]
    page, rest = text(TEMPLATE).replace("<!-- head -->", head).split("<!-- scripts -->")
    return "".join([page, "\n".join(scripts), rest])


def _as_json(data: dict[str, Any]) -> str:
    """JSON that is safe inside HTML: without any `<`."""
    return json.dumps(data, separators=(",", ":"), ensure_ascii=False).replace("<", "\\u003c")


def _as_script(source: str) -> str:
    """A script that cannot end its element early. The escapes mean the same inside strings and regular expressions."""
    return re.sub("<(?=/script|script)", r"\\x3c", source, flags=re.IGNORECASE).replace("<!--", r"\x3c!--")
