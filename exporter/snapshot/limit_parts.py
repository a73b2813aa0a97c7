"""The parts of a snapshot about limits. Times in ms, costs in nano-dollars, unless a field says otherwise."""

from __future__ import annotations

from typing import Literal

import msgspec

from exporter.domain.forecast import sentence
from exporter.domain.forecast.verdict import NOTHING_SAID, Memory
from exporter.domain.forecast.window import NOT_KNOWN, Forecast
from exporter.domain.limits.calibration import Calibration
from exporter.domain.limits.changes import Change
from exporter.domain.limits.hit import Hit
from exporter.domain.limits.raised import Raise
from exporter.store.limits.hits import StoredHit


class LimitPart(msgspec.Struct, frozen=True):
    """How much of a window is used, and what is said of it. Times in ms, None if unknown.

    `basis`: `official` from the latest valid reading; `estimated` if there is none, but the window's size is estimated.
    `utilization`: an estimate is at most 1, which means over 100 %. `size`: the estimated size, None where it does not
    agree with the official share. `memory`: what the next look at it starts from.
    """

    window: str
    label: str
    utilization: float
    basis: Literal["official", "estimated"]
    source: str
    observed_at: int
    resets_at: int | None
    size: Calibration | None = None
    binds: bool = True
    """False if the service says that the window does not bind the account."""
    forecast: Forecast = NOT_KNOWN
    memory: Memory = NOTHING_SAID
    elsewhere: float | None = None
    """The part of what is used, 0 to 1, that was used elsewhere; None where it is not clear."""


class VerdictPart(msgspec.Struct, frozen=True):
    """The verdict of an account: what is said of the window that binds, and its one sentence.

    `window`: None while no limit is known. `elsewhere`: a second sentence, where it is clear.
    """

    forecast: Forecast = NOT_KNOWN
    window: str | None = None
    sentence: str = sentence.NOT_KNOWN
    elsewhere: str | None = None


class TokenLimit(msgspec.Struct, frozen=True):
    """The token limit of the running block.

    `basis`: `custom` counts tokens of all types, `official_calibrated` cost-weighted ones.
    """

    tokens: int
    basis: Literal["custom", "official_calibrated"]
    used: int
    calibration: Calibration | None = None


class HitPart(msgspec.Struct, frozen=True):
    """A limit that was reached, and whose: the account's label."""

    stored: StoredHit
    account: str
    label: str = ""
    """The window's, in metrics."""

    @property
    def hit(self) -> Hit:
        return self.stored.hit

    @property
    def locked_ms(self) -> int | None:
        """How long requests are or were refused: a running lockout up to its reset; None if not known."""
        if self.stored.running_since is None:
            return self.stored.locked_ms if self.stored.locked_ms or self.hit.resets_at is not None else None
        if self.hit.resets_at is None:
            return None
        return self.stored.locked_ms + self.hit.resets_at - self.stored.running_since


class RaisePart(msgspec.Struct, frozen=True):
    """A limit that was raised, and whose: the account's label."""

    raised: Raise
    account: str


class ChangePart(msgspec.Struct, frozen=True):
    """A limit whose size changed, and whose: the account's label."""

    change: Change
    window: str
    account: str
