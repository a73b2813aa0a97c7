"""The document that is sent: what the page shows, as far as the level of privacy lets it go (docs/sync.md)."""

from __future__ import annotations

import hashlib
from typing import Any

import msgspec

from exporter.domain.calendar import timestamp
from exporter.domain.sync import StateDigest
from exporter.publish.privacy import private
from exporter.snapshot.changes import parts_of, still

FORMAT_VERSION = 1
"""Goes up when a reader of the document before could misread it."""


def document(data: dict[str, Any], level: str) -> bytes:
    """As JSON. `data`: of `page.data.offline_data`; `level`: of `domain.sync.PRIVACY`."""
    head = {"version": FORMAT_VERSION, "privacy": level, "as_of": data["current"]["as_of"]}
    return msgspec.json.encode(head | private(data, level)) + b"\n"


def essence_of(current: dict[str, Any]) -> StateDigest:
    """What makes a state another one than before. `current`: the snapshot's JSON form."""
    told = msgspec.json.encode(still(parts_of(current)), order="sorted")
    block = current["block"]
    hits = tuple(sorted(f"{hit['window']} {hit['at']}" for hit in current["lockouts"]))
    end = timestamp.parse(block["end"]) if block is not None else None
    return StateDigest(hashlib.sha256(told).hexdigest(), end, hits)
