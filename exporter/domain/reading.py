"""How far the first read of the transcripts is, while the newest of them are shown already."""

from __future__ import annotations

import msgspec

CONCLUDING = 0.4
"""How long it takes to derive everything from what was read, of the time to read it; measured."""


class FirstRead(msgspec.Struct, frozen=True):
    """`since`: everything used from then on (ms) has been read, and nothing of before.

    `done`, `total`: bytes; `started_at`, `at`: when it started, and when it was that far, ms.
    """

    since: int
    done: int
    total: int
    started_at: int
    at: int

    @property
    def ratio(self) -> float:
        """The part that has been read, 0 to 1."""
        return min(1.0, self.done / self.total) if self.total else 1.0

    @property
    def seconds_left(self) -> float | None:
        """About how long it still takes, at the speed so far, with what follows; None before anything was read."""
        if not self.done:
            return None
        all_of_it = (self.at - self.started_at) / 1_000 * self.total / self.done
        return all_of_it * (1 - self.ratio + CONCLUDING)
