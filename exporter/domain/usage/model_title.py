"""What a model is called by people, as on the page (`exporter/page/assets/names.js`)."""

from __future__ import annotations

import re
from collections.abc import Iterable

FAMILIES = ("opus", "fable", "sonnet", "haiku")
"""Of Claude's models, in the order in which they are listed."""


def title_family(model: str) -> str | None:
    """The family in a model's name; None of another model."""
    parts = model.split("-")
    return next((family for family in FAMILIES if family in parts), None)


def model_title(model: str) -> str:
    """`Opus 4.8` for `claude-opus-4-8`; the name of another model, without `claude-`."""
    family = title_family(model)
    if family is None:
        return model.removeprefix("claude-")
    version = ".".join(map(str, _version(model)))
    return f"{family.capitalize()} {version}".strip()


def by_title(models: Iterable[str]) -> list[str]:
    """In the order in which they are listed: by family, the newest first, others last."""

    def key(model: str) -> tuple[int, list[int], str]:
        family = title_family(model)
        place = len(FAMILIES) if family is None else FAMILIES.index(family)
        return place, [-number for number in _version(model)], model

    return sorted(models, key=key)


def _version(model: str) -> list[int]:
    return [int(part) for part in model.split("-") if re.fullmatch(r"[0-9]{1,2}", part)]
