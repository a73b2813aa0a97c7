"""The client's own running total of a session, which it writes now and then."""

from __future__ import annotations

from typing import Any

from exporter.demo.lines import Record, Tokens
from exporter.demo.world import Model

SECONDS_A_RESPONSE = 9


class ClientTotals:
    """Sums what the client saw; that is a little more than it writes lines of. `started_at`: ms."""

    def __init__(self, started_at: int) -> None:
        self._started_at = started_at
        self._by_model: dict[Model, Tokens] = {}
        self._responses = 0

    def add(self, model: Model, tokens: Tokens) -> None:
        before = self._by_model.get(model, Tokens(0, 0, 0, 0))
        self._by_model[model] = Tokens(*(old + new for old, new in zip(before, tokens, strict=True)))
        self._responses += 1

    def record(self, session: str) -> Record:
        """The line in the transcript."""
        models = {
            model.name: {
                "inputTokens": tokens.input, "outputTokens": tokens.output, "thinkingTokens": 0,
                "cacheReadInputTokens": tokens.cache_read, "cacheCreationInputTokens": tokens.cache_write,
                "webSearchRequests": 0, "costUSD": tokens.cost(model),
            }
            for model, tokens in self._by_model.items()
        }  # fmt: skip
        return {
            "type": "cost-state", "sessionId": session, "totalCostUSD": self._dollars(), "startTime": self._started_at,
            "totalAPIDuration": self._api_ms(), "totalLinesAdded": 14 * self._responses,
            "totalLinesRemoved": 5 * self._responses, "modelUsage": models, "hasUnknownModelCost": False,
        }  # fmt: skip

    def cost(self, at: int) -> dict[str, Any]:
        """As the status line gets it at `at` (ms)."""
        return {
            "total_cost_usd": self._dollars(), "total_duration_ms": at - self._started_at,
            "total_api_duration_ms": self._api_ms(), "total_lines_added": 14 * self._responses,
            "total_lines_removed": 5 * self._responses,
        }  # fmt: skip

    def _dollars(self) -> float:
        return round(sum(tokens.cost(model) for model, tokens in self._by_model.items()), 6)

    def _api_ms(self) -> int:
        return self._responses * SECONDS_A_RESPONSE * 1_000
