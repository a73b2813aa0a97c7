"""`[page]` in the configuration file: whether the API and the page may show texts of prompts and answers."""

from __future__ import annotations

from typing import Any

from exporter.errors import ConfigurationError

TABLE = "page"
TEXTS = "texts"


def parse_page(table: Any, file: str) -> bool:
    """`texts` of the table, false by default. Raises ConfigurationError for another key, and for another value."""
    if not isinstance(table, dict):
        raise ConfigurationError(f"{file}: [{TABLE}] is a table, such as [{TABLE}] {TEXTS} = true")
    for key in table:
        if key != TEXTS:
            raise ConfigurationError(f"{file}: [{TABLE}] has no key {key!r}; its key is {TEXTS}")
    shown = table.get(TEXTS, False)
    if not isinstance(shown, bool):
        raise ConfigurationError(f"{file}: [{TABLE}] {TEXTS} must be true or false, not {shown!r}")
    return shown


def check_texts(shown: bool, token: str | None) -> bool:
    """Whether to show texts. Raises ConfigurationError without a token: other users of a machine reach its ports."""
    if shown and not token:
        raise ConfigurationError(
            f"[{TABLE}] {TEXTS} = true needs a token, also on 127.0.0.1: set CLAUDE_TRACKER_TOKEN, or remove the key"
        )
    return shown
