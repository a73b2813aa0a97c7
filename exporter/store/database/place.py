"""Where a database should not lie: in a folder that a sync service copies to and from elsewhere."""

from __future__ import annotations

from pathlib import Path

_SYNC_SERVICES = (
    "dropbox",
    "onedrive",
    "google drive",
    "googledrive",
    "icloud",
    "mobile documents",
    "nextcloud",
    "syncthing",
)


def synced_by(database: Path) -> str | None:
    """The part of the path that names a sync service; None if there is none."""
    return next((part for part in database.parts if any(name in part.lower() for name in _SYNC_SERVICES)), None)
