"""What is sent to others, as JSON."""

from __future__ import annotations

from typing import Any

from exporter.domain.fleet.state import StoreHealth
from exporter.domain.sync import SyncState
from exporter.snapshot.limits.history_json import moment


def store_json(store: StoreHealth) -> dict[str, Any]:
    """The store of many machines: to whom figures are sent, since when, and how it goes."""
    return {
        "url": store.store,
        "since": moment(store.since),
        "until": moment(store.until or None),
        "refused_samples": dict(store.refused),
        "problem": store.problem,
        "is_stopped": store.is_stopped,
    }


def sync_json(state: SyncState) -> dict[str, Any]:
    """The sync state of a target. `problem`: a message, null without a problem."""
    return {
        "target": state.target,
        "last_success_at": moment(state.last_success_at),
        "problem": state.problem,
        "retry_at": moment(state.retry_at),
        "is_stopped": state.is_stopped,
    }
