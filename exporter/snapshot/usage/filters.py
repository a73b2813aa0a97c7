"""Only some of the usage: of a project, a model or a session."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from exporter.domain.usage.model_title import model_title, title_family
from exporter.domain.usage.pricing import normalize_model
from exporter.store.reader import View
from exporter.store.usage import conversations
from exporter.store.usage.responses import Part

IsWanted = Callable[[Part], bool]


class Wanted(NamedTuple):
    """What is wanted; None for all. `project`: as reports name it, or its folder's name. `model`: a name as in
    transcripts, a title (`Opus 4.8`) or a family (`opus`). `session`: an id, or its first characters.
    """

    project: str | None = None
    model: str | None = None
    session: str | None = None

    @property
    def is_everything(self) -> bool:
        return self == EVERYTHING

    @property
    def grouping(self) -> str | None:
        """What parts have to be apart by to be tested."""
        return "session" if self.session is not None else None

    def test(self, connection: View) -> IsWanted | None:
        """What says whether a part is wanted; None if everything is."""
        if self.is_everything:
            return None
        sessions = conversations.session_ids(connection) if self.session is not None else {}
        owners = {row_id for row_id, name in sessions.items() if name.startswith(self.session or "")}

        def is_wanted(part: Part) -> bool:
            return (
                (self.project is None or _is_project(part.usage.project.name, self.project))
                and (self.model is None or _is_model(part.usage.model, self.model))
                and (self.session is None or part.owner in owners)
            )

        return is_wanted


EVERYTHING = Wanted()


def _is_project(name: str, wanted: str) -> bool:
    name, wanted = name.casefold(), wanted.replace("\\", "/").rstrip("/").casefold()
    return wanted in (name, name.rpartition("/")[2]) or wanted.endswith(f"/{name}")


def _is_model(model: str, wanted: str) -> bool:
    return wanted.casefold() in (model, model_title(model).casefold(), title_family(model)) or (
        normalize_model(wanted) == model
    )
