"""What is sent to others, as a line each."""

from __future__ import annotations

from urllib.parse import urlsplit

from exporter.domain.calendar import timestamp
from exporter.domain.fleet.state import StoreHealth
from exporter.domain.sync import SyncState


def sync_line(state: SyncState) -> str:
    """The sync state of a target."""
    last = (
        "nothing sent yet"
        if state.last_success_at is None
        else f"sent {timestamp.format_minute(state.last_success_at)}"
    )
    if state.problem is None:
        return f"{state.target}: {last}."
    after = "stopped until the configuration changes" if state.is_stopped else "retrying"
    return f"{state.target}: {state.problem}; {after} ({last})."


def store_line(store: StoreHealth) -> str:
    """To whom figures are sent, since when, and until when it has them."""
    to = urlsplit(store.store).netloc
    since = f" since {timestamp.format_minute(store.since)}" if store.since is not None else ""
    has = f"it has everything until {timestamp.format_minute(store.until)}" if store.until else "nothing sent yet"
    if store.problem is None:
        return f"Figures are sent to {to}{since}: {has}."
    after = "tried again each hour" if store.is_stopped else "retrying"
    return f"Figures are sent to {to}{since}: {store.problem}; {after} ({has})."
