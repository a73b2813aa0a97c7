"""Days from Claude Code's own statistics, before the first transcript: tokens by model, not exact, without types."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

import msgspec

ModelTokens = tuple[tuple[str, int], ...]
"""Tokens by normalized model, sorted by model."""


class ImportedDay(msgspec.Struct, frozen=True):
    """What the statistics of a configuration folder say of one day. `date`: 2026-11-22."""

    folder: str
    date: str
    models: ModelTokens

    @property
    def tokens(self) -> int:
        return sum(tokens for _, tokens in self.models)


class ImportedUsage(msgspec.Struct, frozen=True):
    """The same of a day, week or month, over all folders."""

    name: str
    models: ModelTokens

    @property
    def tokens(self) -> int:
        return sum(tokens for _, tokens in self.models)


def add_models(parts: Iterable[ModelTokens]) -> ModelTokens:
    """The sum by model."""
    found: Counter[str] = Counter()
    for part in parts:
        for model, tokens in part:
            found[model] += tokens
    return tuple(sorted(found.items()))
