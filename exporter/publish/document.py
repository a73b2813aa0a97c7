"""The published document: the page's data, filtered by the privacy level (docs/sync.md)."""

from __future__ import annotations

import hashlib
from typing import Any

import msgspec

from exporter.domain.calendar import timestamp
from exporter.domain.sync import StateDigest
from exporter.publish.privacy import redact
from exporter.snapshot.changes import parts_of, without_clock

FORMAT_VERSION = 1
"""Increased for incompatible changes."""


def document(data: dict[str, Any], level: str) -> bytes:
    """As JSON. `data`: of `page.data.offline_data`; `level`: of `domain.sync.PRIVACY`."""
    head = {"version": FORMAT_VERSION, "privacy": level, "as_of": data["current"]["as_of"]}
    return msgspec.json.encode(head | redact(data, level)) + b"\n"


def digest_state(current: dict[str, Any]) -> StateDigest:
    """A digest of everything in a state that requires a push if it changes. `current`: the snapshot as JSON."""
    changes = msgspec.json.encode(without_clock(parts_of(current)), order="sorted")
    block = current["block"]
    lockouts = [hit for account in current["accounts"] for hit in account["lockouts"]]
    hits = tuple(sorted(f"{hit['account']} {hit['window']} {hit['at']}" for hit in lockouts))
    end = timestamp.parse(block["end"]) if block is not None else None
    return StateDigest(hashlib.sha256(changes).hexdigest(), end, hits)
