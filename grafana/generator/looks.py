"""How series look: by name, in shades, in the hue of a model's family, dotted, dashed."""

from __future__ import annotations

from collections.abc import Sequence
from string import ascii_uppercase
from typing import Any

from grafana_foundation_sdk.models.dashboard import DynamicConfigValue, FieldColorModeId

from grafana.generator.panels import Query
from grafana.generator.words import DATA, GREY, MODELS, SHADES, color, renamed_models


def colored(panel: Any, colors: Sequence[tuple[str, str]]) -> Any:
    """Color series by their names: exactly this one, or by a pattern between slashes."""
    for name, hue in colors:
        override = panel.override_by_regexp if name.startswith("/") else panel.override_by_name
        override(name, [color(hue)])
    return panel


def in_shades(panel: Any, names: Sequence[str], shades: Sequence[str] = SHADES) -> Any:
    """Color series by these names in shades; of more names than shades, the shades come again."""
    return colored(panel, [(name, shades[place % len(shades)]) for place, name in enumerate(names)])


def by_model(expr: str) -> list[Query]:
    """A query for each family of models, and one for the rest. `expr`: has `MODEL` where the model is matched."""
    patterns = [f'model=~".*{family}.*"' for family in MODELS]
    others = f'model!~".*({"|".join(MODELS)}).*"'
    return [Query(expr.replace("MODEL", pattern), "{{model}}") for pattern in (*patterns, others)]


def in_hues(panel: Any) -> Any:
    """Color the queries of `by_model`: a hue for each family, shades of it for its versions."""
    for letter, hue in zip(ascii_uppercase, (*MODELS.values(), DATA), strict=False):
        panel.override_by_query(letter, [color(hue, FieldColorModeId.SHADES)])
    for transformation in renamed_models():
        panel.with_transformation(transformation)
    return panel


def dotted(panel: Any, *legends: str) -> Any:
    """Draw these series as thin dotted lines: thresholds."""
    dots = DynamicConfigValue(id_val="custom.lineStyle", value={"fill": "dot", "dash": [2, 4]})
    thin = DynamicConfigValue(id_val="custom.lineWidth", value=1)
    for legend in legends:
        panel.override_by_name(legend, [color(GREY), dots, thin])
    return panel


def dashed(panel: Any, legend: str) -> Any:
    """Draw a series dashed: projected."""
    panel.override_by_name(legend, [DASHES])
    return panel


DASHES = DynamicConfigValue(id_val="custom.lineStyle", value={"fill": "dash", "dash": [4, 4]})
