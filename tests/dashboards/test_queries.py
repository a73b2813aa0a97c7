"""Every query of every panel has an answer on the demo's samples, in Prometheus and in VictoriaMetrics."""

from __future__ import annotations

import pytest

from support.boards import BOARDS, PanelQuery, panel_queries, panels, run_query, shown_names
from support.prometheus import Prometheus, Scraped
from support.variants import VARIANTS

pytestmark = pytest.mark.server

SHOWN_SECONDS, FASTER = 25, 60
DEMO = {"job": "claude-tracker"}
MOST_SERIES = 20
SILENT = {
    "health: Names used twice (A)": "one database",
    "health: Slowest collectors (B)": "none fails",
    "health: Totals that fell (A)": "none falls",
    "health: Changed files (A)": "files only grow",
    "health: Lines skipped by reason (A)": "the demo writes no damaged line",
    "limits: Block limit used (A)": "no limit of the user's own, and no estimate yet",
    "limits: Limits reached in this range (C)": "none is raised",
    "overview: Active alerts (A)": "no rules are loaded here; tests/rules has them fire",
    "overview: Cost today (B)": "nothing was scraped a week ago",
    "sessions: Plugins (A)": "the demo has none",
    "usage: Without a price (A)": "all its models have one",
}
"""Queries that have no answer on the demo, with the reason. Some of them may have one all the same."""
MODELS_AT_WORK = ("Block tokens by model", "Cost over time by model")
"""A query for each family of models, of which some are not in use just then."""
BY_HOUR = {
    "limits: Full 5-hour windows left (A)",
    "limits: A full window takes of the week (A)",
    "limits: Projected share at the reset (A)",
    "limits: Limits reached in this range (A)",
    "limits: Limits reached in this range (B)",
    "limits: Limits reached over time (A)",
    "limits: Time locked out (A)",
    "limits: Windows now (F)",
    "limits: Windows now (C)",
    "limits: Windows now (G)",
    "overview: Binding window (A)",
    "overview: Binding window resets (A)",
    "overview: Runs out in (A)",
    "overview: Used elsewhere (A)",
    "overview: Windows now (C)",
    "health: Notifications sent (A)",
    "sessions: API errors over time (A)",
    "sessions: Cache misses by cause (A)",
}
"""Whether these have an answer depends on the hour at which the test runs: nothing may run out, or wait."""


def asked(name: str, until: int, chosen: dict[str, str] = DEMO) -> list[PanelQuery]:
    return panel_queries(name, SHOWN_SECONDS, until, chosen, faster=FASTER)


@pytest.mark.parametrize("name", BOARDS)
def test_every_query_has_an_answer(store: Prometheus, scraped: Scraped, name: str) -> None:
    empty = [query for query in asked(name, scraped.until) if not run_query(store, query, scraped.until)]
    silent = {query.name for query in empty if query.panel["title"] not in MODELS_AT_WORK}
    assert set() == silent - SILENT.keys() - BY_HOUR
    for title in MODELS_AT_WORK:
        by_model = [query for query in empty if query.panel["title"] == title]
        assert len(by_model) < 5


@pytest.mark.parametrize("name", BOARDS)
def test_both_stores_answer_the_same(scraped: Scraped, copied: Scraped, name: str) -> None:
    """At one moment; over time they lay the steps of a gap differently. VictoriaMetrics keeps times to some 10 ms."""
    for query in asked(name, scraped.until):
        if query.target.get("instant"):
            one, other = ({str(sorted(found["metric"].items())): float(found["value"][1])
                           for found in run_query(store.server, query, scraped.until)}
                          for store in (scraped, copied))  # fmt: skip
            apart = 1.05 if "floor(" in query.expr else 0.05 if "time()" in query.expr else 1e-6
            assert one == pytest.approx(other, rel=1e-6, abs=apart), query.name


@pytest.mark.parametrize("variant", VARIANTS)
@pytest.mark.parametrize("name", BOARDS)
def test_no_panel_has_more_than_twenty_lines_or_an_internal_name(copied: Scraped, name: str, variant: str) -> None:
    answers = {query.name: (query, run_query(copied.server, query, copied.until))
               for query in asked(name, copied.until, {"job": variant})}  # fmt: skip
    for query, found in answers.values():
        rows = {str(sorted(one["metric"].items())) for one in found}
        assert len(rows) <= MOST_SERIES or query.panel["type"] == "heatmap", query.name
        for shown in shown_names(query, found):
            assert "_" not in shown, (query.name, shown)
            assert "{" not in shown, (query.name, shown)
            assert not shown.startswith("claude-"), (query.name, shown)


def test_limits_are_an_accounts_and_costs_are_added(copied: Scraped) -> None:
    def answers(board: str, title: str, variant: str) -> list[float]:
        query = next(one for one in asked(board, copied.until, {"job": variant}) if one.panel["title"] == title)
        return sorted(float(one["value"][1]) for one in run_query(copied.server, query, copied.until))

    for title in ("Windows now", "Verdict", "Binding window"):
        assert answers("overview", title, "twenty machines") == answers("overview", title, "two accounts")
        assert len(answers("overview", title, "one account")) < len(answers("overview", title, "two accounts"))
        assert [] == answers("overview", title, "no limits")
    one, twenty = (answers("usage", "Cost", variant)[0] for variant in ("two accounts", "twenty machines"))
    assert twenty == pytest.approx(20 * one)
    assert one > 0


@pytest.mark.parametrize("name", BOARDS)
def test_titles_units_and_sentences_hold_no_internal_name(name: str) -> None:
    board = BOARDS[name]
    for panel in [*board["panels"], *panels(board)]:
        defaults = panel.get("fieldConfig", {}).get("defaults", {})
        for text in (panel["title"], defaults.get("noValue", ""), board["title"], board["description"]):
            assert "_" not in text
        assert "_" not in panel.get("description", "").replace("prometheus/rules", "")
