"""Token counts by type."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

TOKEN_TYPES = ("input", "output", "cache_read", "cache_write_5m", "cache_write_1h")
"""The `token_type` label's values, in the order of `Tokens`' fields."""


class Tokens(msgspec.Struct, frozen=True, array_like=True):
    """Token counts of one response or of a sum of them.

    `input` excludes tokens read from or written to the cache.
    """

    input: int = 0
    output: int = 0
    cache_read: int = 0
    cache_write_5m: int = 0
    cache_write_1h: int = 0

    @property
    def total(self) -> int:
        return self.input + self.output + self.cache_read + self.cache_write_5m + self.cache_write_1h

    @property
    def all_input(self) -> int:
        """All tokens sent to the model, cached or not; long-context prices depend on it."""
        return self.input + self.cache_read + self.cache_write_5m + self.cache_write_1h

    def __add__(self, other: Tokens) -> Tokens:
        return Tokens(
            self.input + other.input,
            self.output + other.output,
            self.cache_read + other.cache_read,
            self.cache_write_5m + other.cache_write_5m,
            self.cache_write_1h + other.cache_write_1h,
        )

    def by_type(self) -> dict[str, int]:
        """The counts by `token_type`, in the order of `TOKEN_TYPES`."""
        return {name: getattr(self, name) for name in TOKEN_TYPES}


def add_up(parts: Iterable[Tokens]) -> Tokens:
    """The sum of `parts`, zero for none."""
    return sum(parts, start=Tokens())
