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
def dashboard_html() -> str:
    """The page. It loads `/assets/NAME`, and uses the API and the WebSocket `/ws`."""
    modules = sorted(name for name in assets() if name.endswith(".js"))
    head = [
        *(f'<link rel="stylesheet" href="/assets/{name}">' for name in STYLES),
        *(f'<link rel="modulepreload" href="/assets/{name}">' for name in modules),
        f'<script type="module" src="/assets/{SCRIPT}"></script>',
    ]
    return text(TEMPLATE).replace("<!-- head -->", "\n".join(head)).replace("<!-- scripts -->\n", "")
