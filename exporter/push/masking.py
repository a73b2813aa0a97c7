"""What of the totals may leave for a store of many machines."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from exporter.domain.usage.totals import FIRST_READ, PROJECT_FAMILIES, LabelSet, Total
from exporter.publish.privacy import shown_model

_BY_MODEL = frozenset(("tokens", "cost", "responses", "unpriced_tokens", "incomplete_responses"))
"""Families whose first label is a model."""
_OWN_NAMES = frozenset(("attributed_tokens", "attributed_cost"))
"""Families whose labels can be names that the user gave."""


def masked(totals: Iterable[Total], *, with_projects: bool) -> list[Total]:
    """What may leave: models of others than Claude are one, projects by choice, names of the user's own never."""
    found: dict[LabelSet, Total] = {}
    for total in totals:
        if total.family in _OWN_NAMES or (total.family in PROJECT_FAMILIES and not with_projects):
            continue
        labels = (shown_model(total.labels[0]), *total.labels[1:]) if total.family in _BY_MODEL else total.labels
        before = found.get((total.family, labels))
        exact, peak = (before.exact, before.peak) if before is not None else (0, 0)
        found[total.family, labels] = Total(total.family, labels, exact + total.exact, peak + total.peak, FIRST_READ)
    return list(found.values())


def masked_sums(sums: Mapping[LabelSet, int], *, with_projects: bool) -> dict[LabelSet, int]:
    """The same of sums alone."""
    totals = (Total(family, labels, value, 0, FIRST_READ) for (family, labels), value in sums.items())
    return {(one.family, one.labels): one.exact for one in masked(totals, with_projects=with_projects)}
