"""The page as a static site: files that never change, and a data file."""

from __future__ import annotations

from functools import cache

from exporter.page.files import asset, assets
from exporter.page.live import CONTENT_SECURITY_POLICY, dashboard_html

DATA = "/data.json"
_HEADERS = f"""/*
  Content-Security-Policy: {CONTENT_SECURITY_POLICY}
  Referrer-Policy: no-referrer
  X-Content-Type-Options: nosniff
  X-Robots-Tag: noindex, nofollow
{DATA}
  Cache-Control: no-cache
"""
_ROBOTS = "User-agent: *\nDisallow: /\n"


@cache
def shell() -> dict[str, bytes]:
    """The site's files without the data, by path: page, assets, headers (Netlify's `_headers`), robots.txt."""
    marks = f'<meta name="robots" content="noindex, nofollow">\n<meta name="published" content="{DATA}">\n'
    page = dashboard_html().replace("<title>", f"{marks}<title>", 1)
    files = {"/index.html": page.encode(), "/_headers": _HEADERS.encode(), "/robots.txt": _ROBOTS.encode()}
    for name in sorted(assets()):
        found = asset(name)
        assert found is not None
        files[f"/assets/{name}"] = found[0]
    return files
