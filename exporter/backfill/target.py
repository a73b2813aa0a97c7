"""What a store of metrics is asked, and given."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Protocol

from exporter.metrics.history_text import Sample

Step = tuple[int, list[str]]
"""A time (ms) and its samples, each as `series value`."""


NOW = "{now}"


class Target(Protocol):
    """A store that takes history. Each method may raise TargetError."""

    def __str__(self) -> str:
        """What it is, for people."""

    def times(self) -> Iterable[int]:
        """When it was given samples of ours, ms, in order."""

    def samples(self, at: int) -> Iterator[Sample]:
        """Its samples of ours at exactly this time."""

    def end(self, wanted: int) -> int:
        """Up to when it takes history now, at most `wanted` (ms)."""

    def take(self, steps: Iterable[Step], head: str) -> str:
        """Take these steps, in the order of time; what was done, in words. `head`: the types of their families."""

    def advice(self, oldest: int) -> str:
        """What to look after, for that the history since `oldest` (ms) is kept and seen."""

    def others(self, since: int) -> list[str]:
        """The labels of every tracker that it was given samples of since then (ms)."""

    def load_again(self) -> str:
        """How to take out what was loaded, for that it can be loaded again; with `NOW` for the time, s."""
