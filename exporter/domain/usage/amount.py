"""What responses used, added up under a name: of a day, a project, a model."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import NamedTuple

import msgspec

from exporter.domain.usage.tokens import Tokens
from exporter.domain.usage.totals import UsageSum


class Amount(msgspec.Struct, frozen=True):
    """What some responses used, and their advisors.

    `cost`: nano-dollars of what has a price. `unpriced`: tokens without one. `incomplete`: the responses that never
    told their end, whose output is a lower bound.
    """

    tokens: Tokens = Tokens()
    cost: int = 0
    unpriced: int = 0
    responses: int = 0
    incomplete: int = 0

    def __add__(self, other: Amount) -> Amount:
        return Amount(
            self.tokens + other.tokens,
            self.cost + other.cost,
            self.unpriced + other.unpriced,
            self.responses + other.responses,
            self.incomplete + other.incomplete,
        )


class ModelAmount(NamedTuple):
    """What one model used."""

    model: str
    amount: Amount


class NamedUsage(msgspec.Struct, frozen=True):
    """What was used under one name, by model."""

    name: str
    models: tuple[ModelAmount, ...]

    @property
    def amount(self) -> Amount:
        return add_up(amount for _, amount in self.models)


def add_up(amounts: Iterable[Amount]) -> Amount:
    """The sum, zero for none."""
    return sum(amounts, start=Amount())


def by_model(parts: Iterable[UsageSum]) -> tuple[ModelAmount, ...]:
    """The usage by model label, in the order of the labels."""
    found: dict[str, Amount] = {}
    for part in parts:
        found[part.model] = found.get(part.model, Amount()) + _amount(part)
    return tuple(ModelAmount(*one) for one in sorted(found.items()))


def used_by(parts: Iterable[UsageSum], name: Callable[[UsageSum], str]) -> tuple[NamedUsage, ...]:
    """The usage by a name of its parts, what used most tokens first."""
    found: dict[str, list[UsageSum]] = {}
    for part in parts:
        found.setdefault(name(part), []).append(part)
    uses = [NamedUsage(key, by_model(own)) for key, own in sorted(found.items())]
    return tuple(sorted(uses, key=lambda used: -used.amount.tokens.total))


def _amount(part: UsageSum) -> Amount:
    return Amount(part.tokens, part.cost, part.unpriced, part.responses, part.incomplete)
