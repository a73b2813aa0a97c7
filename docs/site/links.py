"""Adds two pages from outside `docs/`, and turns links out of it into links to them, or to the files on GitHub."""

from __future__ import annotations

import posixpath
import re
from pathlib import Path

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

ROOT = Path(__file__).resolve().parents[2]
OUTSIDE = {"runbook.md": "prometheus/runbook.md", "changelog.md": "CHANGELOG.md"}
"""The pages whose files are not in `docs/`: their names in the site, and where they are."""
_LINK = re.compile(r"(?<=\]\()(?!https?://|#|mailto:)([^)#\s]+)")


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Adds the pages from outside."""
    for name, place in OUTSIDE.items():
        files.append(File.generated(config, name, content=(ROOT / place).read_text(encoding="utf-8")))
    return files


def on_page_markdown(markdown: str, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Rewrites the links of one page."""
    place = OUTSIDE.get(page.file.src_uri, f"docs/{page.file.src_uri}")
    return _LINK.sub(lambda link: site_link(place, link[1], config.extra["repository"]), markdown)


def site_link(place: str, target: str, repository: str) -> str:
    """A link as the site needs it. `place`: the file that has it, and `target` relative to it, as on GitHub.

    `repository`: its address, with a slash at the end. A target that is no page is shown there.
    """
    path = posixpath.normpath(posixpath.join(posixpath.dirname(place), target))
    pages = {outside: name for name, outside in OUTSIDE.items()}
    if path in pages:
        return pages[path]
    if path.startswith("docs/") and not path.startswith(("docs/site", "docs/container/")):
        return path.removeprefix("docs/")
    return f"{repository}{'tree' if (ROOT / path).is_dir() else 'blob'}/main/{path}"
