"""The page as the server sends it, and its Content Security Policy."""

from __future__ import annotations

from functools import cache

from exporter.page.files import SCRIPT, STYLES, TEMPLATE, assets, text

CONTENT_SECURITY_POLICY = "; ".join(
    [
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "connect-src 'self'",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
    ]
)


@cache
def dashboard_html(*, shows_texts: bool = False) -> str:
    """The page. It loads `/assets/NAME`, and uses the API and the WebSocket `/ws`.

    `shows_texts`: whether it asks the API for texts of prompts and answers.
    """
    modules = sorted(name for name in assets() if name.endswith(".js"))
    head = [
        *(['<meta name="texts" content="on">'] if shows_texts else []),
        *(f'<link rel="stylesheet" href="/assets/{name}">' for name in STYLES),
        *(f'<link rel="modulepreload" href="/assets/{name}">' for name in modules),
        f'<script type="module" src="/assets/{SCRIPT}"></script>',
    ]
    return text(TEMPLATE).replace("<!-- head -->", "\n".join(head)).replace("<!-- scripts -->\n", "")
