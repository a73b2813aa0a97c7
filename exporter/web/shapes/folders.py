"""Where transcripts are looked for."""

from __future__ import annotations

from exporter.web.shapes.shape import Shape


class Folder(Shape, frozen=True, kw_only=True):
    """A folder, with `~` for the home folder."""

    path: str
    exists: bool


class Folders(Shape, frozen=True, kw_only=True):
    """The folders, and how many transcripts they have. `missing`: a sentence for people if there are none."""

    items: list[Folder]
    transcripts: int
    missing: str | None
