"""Values of options that are read without click, too."""

from __future__ import annotations

import re

from exporter.domain.text import printable


def account_name(value: str) -> tuple[str, str] | None:
    """The label and the name in ACCOUNT=NAME; None if it is none."""
    account, _, name = value.partition("=")
    name = printable(name).strip()
    return (account, name) if re.fullmatch(r"[0-9a-f]{10}|unknown", account) and name else None
