"""What a line costs: the client's own figure where it names one, else by the price list."""

from __future__ import annotations

import msgspec

from exporter.domain.batch import BestLine
from exporter.domain.pricing import cost, normalize_model
from exporter.domain.tokens import Tokens
from exporter.domain.usage import Advisor
from exporter.sources.prices import PriceBook


class Pricer:
    """Prices lines from one price book."""

    def __init__(self, book: PriceBook) -> None:
        self._book = book

    def __call__(self, best: BestLine) -> tuple[int | None, tuple[Advisor, ...]]:
        """Nano-dollars of the line's own model, None where unpriced, and its advisors with their costs.

        The client's own figure is for all of the line, so beside it the advisors cost nothing more.
        """
        line = best.line
        if line.reported_cost is not None:
            return line.reported_cost, tuple(msgspec.structs.replace(a, cost=0) for a in line.advisors)
        own = self._cost(line.model, line.at, line.speed, line.tokens, line.web_searches)
        advisors = (
            msgspec.structs.replace(a, cost=self._cost(a.model, line.at, None, a.tokens, 0)) for a in line.advisors
        )
        return own, tuple(advisors)

    def _cost(self, model: str, at: int, speed: str | None, tokens: Tokens, web_searches: int) -> int | None:
        rates = self._book.rates(normalize_model(model), at, speed)
        return cost(tokens, web_searches, rates) if rates is not None else None
