"""Usage summed under a name: of a day, a project or a model."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

import msgspec

from exporter.domain.usage.tokens import Tokens
from exporter.domain.usage.totals import ModelUse, UsageSum


class Amount(msgspec.Struct, frozen=True):
    """The usage of some responses, including their extras.

    `cost`: nano-dollars of everything with a price. `unpriced`: tokens without a price. `incomplete`: responses that
    were cut off in the transcript, so their output is a lower bound.
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
    """The usage of one model."""

    model: str
    amount: Amount


class NamedUsage(msgspec.Struct, frozen=True):
    """The usage under one name, by model. `provider`: of a model, if it is another than Anthropic and known.

    `name`: '' for what has none, such as responses under no skill. `known`: False where an earlier version read it and
    did not look. `project`: of a session. `parts`: the same usage by another name.
    """

    name: str
    models: tuple[ModelAmount, ...]
    provider: str | None = None
    known: bool = True
    project: str | None = None
    parts: tuple[NamedUsage, ...] = ()

    @property
    def amount(self) -> Amount:
        return add_up(amount for _, amount in self.models)


def add_up(amounts: Iterable[Amount]) -> Amount:
    """The sum, zero for none."""
    return sum(amounts, start=Amount())


def by_model(parts: Iterable[UsageSum]) -> tuple[ModelAmount, ...]:
    """Sum the usage by model label, in the order of the labels."""
    return merge(ModelAmount(part.model, _amount(part)) for part in parts)


def merge(parts: Iterable[ModelAmount]) -> tuple[ModelAmount, ...]:
    """Sum the amounts by model label, in the order of the labels."""
    found: dict[str, Amount] = {}
    for model, amount in parts:
        found[model] = found[model] + amount if model in found else amount
    return tuple(ModelAmount(*one) for one in sorted(found.items()))


def as_uses(amounts: Iterable[ModelAmount]) -> list[ModelUse]:
    """The same as uses of models."""
    return [ModelUse(one, used.responses, used.tokens, used.cost, used.unpriced) for one, used in amounts]


def _amount(part: UsageSum) -> Amount:
    return Amount(part.tokens, part.cost, part.unpriced, part.responses, part.incomplete)
