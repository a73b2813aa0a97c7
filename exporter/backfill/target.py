"""The interface of a metrics store that can load history."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Protocol

from exporter.metrics.history_text import Sample

Step = tuple[int, list[str]]
"""A time (ms) and its samples, each as `series value`."""


NOW = "{now}"


class Target(Protocol):
    """A store that can load history. Each method may raise TargetError."""

    def __str__(self) -> str:
        """Its name in messages."""

    def times(self) -> Iterable[int]:
        """The times of its samples of ours, ms, in order."""

    def samples(self, at: int) -> Iterator[Sample]:
        """Its samples of ours at exactly this time."""

    def end(self, requested: int) -> int:
        """The end of the history that it accepts now, at most `requested` (ms)."""

    def take(self, steps: Iterable[Step], head: str) -> str:
        """Load these steps, ordered by time. Returns a message. `head`: the types of the families."""

    def advice(self, oldest: int, now: int) -> str:
        """What the user should configure to keep the history since `oldest` (ms); empty if nothing."""

    def labels_of(self, tracker: str, since: int | None) -> list[dict[str, str]]:
        """The labels under which it has samples of the tracker with this id, since then (ms), or ever if None."""

    def use(self, labels: dict[str, str]) -> None:
        """Load under these labels."""

    def reload_instructions(self) -> str:
        """How to delete the loaded history, to load it again. Contains `NOW` for the time, s."""
