"""Which account is in use."""

from __future__ import annotations

from exporter.domain.accounts import UNKNOWN_ACCOUNT
from exporter.store.limits import readings
from exporter.store.reader import View
from exporter.store.usage import responses


def current_account(connection: View, now: int) -> int:
    """The account whose response came last until `now` (ms), else whose reading did."""
    for account in (responses.last_account(connection, now), readings.last_account(connection)):
        if account is not None:
            return account
    return UNKNOWN_ACCOUNT
