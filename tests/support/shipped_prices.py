"""Makes the prices that are shipped, of the installed package."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec
from genai_prices.data import providers
from genai_prices.types import ClauseEquals, ClauseOr, ClauseStartsWith

from exporter.domain.usage.own_prices import ENTRIES
from exporter.domain.usage.pricing import normalize_model
from exporter.sources.price_package import ANTHROPIC, find_provider, find_spans
from exporter.sources.prices import version


def shipped_now() -> bytes:
    """The file's content by the installed package."""
    names = sorted({normalize_model(name) for name in (*_listed(), *(entry.model for entry in ENTRIES))})
    assert all(find_provider(name) is None for name in names)
    models = {
        key: find_spans(name, fast=is_fast)
        for name in names
        for key, is_fast in ((name, False), (f"{name} fast", True))
    }
    lines = b",\n".join(msgspec.json.encode(name) + b":" + msgspec.json.encode(models[name]) for name in sorted(models))
    return b'{"version":"%s","models":{\n%s\n}}\n' % (version().encode(), lines)


def _listed() -> Iterator[str]:
    """Every name that the package gives a Claude model, but for patterns."""
    own = next(one for one in providers if one.id == ANTHROPIC)
    for model in own.models:
        yield model.id
        clauses = model.match.or_ if isinstance(model.match, ClauseOr) else [model.match]
        for clause in clauses:
            if isinstance(clause, ClauseEquals):
                yield clause.equals
            elif isinstance(clause, ClauseStartsWith):
                yield clause.starts_with
