"""The dashboards have a word for every value that a label can have, and a hue for every family as the page has it."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from typing import Any

import pytest
import yaml

from exporter.domain.forecast.verdict import STATES
from exporter.domain.limits.naming import OTHER_SURFACE
from exporter.domain.limits.naming import SURFACES as SURFACE_NAMES
from exporter.domain.limits.reading import FIVE_HOUR, SEVEN_DAY, SPEND
from exporter.domain.notifications.warning import KINDS
from exporter.domain.transcripts.file_state import FILE_CHANGES
from exporter.domain.transcripts.skip_reasons import SKIP_REASONS
from exporter.domain.usage.activity import API_ERROR_KINDS
from exporter.domain.usage.prompt_cache import CAUSES as CAUSE_NAMES
from exporter.domain.usage.tokens import TOKEN_TYPES as TOKEN_TYPE_NAMES
from grafana.generator import forms, words
from support.boards import filled
from support.services import PROJECT

ALERTS = [
    rule["alert"]
    for group in yaml.safe_load((PROJECT / "prometheus" / "rules" / "alerts.yml").read_text())["groups"]
    for rule in group["rules"]
]


@pytest.mark.parametrize(
    ("said", "values"),
    [
        pytest.param(words.ALERTS, ALERTS, id="alerts"),
        pytest.param(words.CAUSES, {*CAUSE_NAMES, "unknown", "other"}, id="causes of cache misses"),
        pytest.param(words.CHANGES, FILE_CHANGES, id="changes of files"),
        pytest.param(words.ERRORS, API_ERROR_KINDS, id="errors"),
        pytest.param(words.NOTIFICATIONS, KINDS, id="notifications"),
        pytest.param(words.SKIPPED, SKIP_REASONS, id="skipped lines"),
        pytest.param(words.SURFACES, {*SURFACE_NAMES, OTHER_SURFACE}, id="surfaces"),
        pytest.param(words.TOKEN_TYPES, TOKEN_TYPE_NAMES, id="types of tokens"),
        pytest.param(forms.STATES, STATES, id="states of the verdict"),
    ],
)
def test_every_value_has_a_word(said: Mapping[str, object], values: Collection[str]) -> None:
    assert {*values} == said.keys()


def test_every_state_has_a_sentence_a_word_and_one_color() -> None:
    assert {*forms.STATES.values(), 5} == words.VERDICTS.keys() == words.STATES.keys()
    for code, (sentence, color) in words.VERDICTS.items():
        assert color == words.STATES[code][1]
        assert "_" not in sentence


def shown(legend: str, transformations: Iterable[Any]) -> str:
    """A legend, renamed as JavaScript does it."""
    for one in transformations:
        found = re.search(one.options["regex"], legend)
        if found:
            legend = filled(one.options["renamePattern"], found)
    return legend


def test_windows_have_names() -> None:
    assert {FIVE_HOUR: "5 hours", SEVEN_DAY: "Week", "seven_day_opus": "Opus week", SPEND: "Spend"}.items() <= (
        words.WINDOWS.items()
    )
    assert ["5 hours work", "Week", "Fable week side", "cowork week", "Spend"] == [
        shown(name, words.renamed_windows())
        for name in ("five_hour work", "seven_day", "seven_day_fable side", "seven_day_cowork", "spend")
    ]


def test_models_have_names() -> None:
    assert ["Opus 4.8", "Sonnet 5", "Haiku 3.5", "kimi-k3"] == [
        shown(name, words.renamed_models())
        for name in ("claude-opus-4-8", "claude-sonnet-5", "claude-3-5-haiku", "kimi-k3")
    ]
