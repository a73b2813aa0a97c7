"""Every query of every panel has an answer on the demo's samples, in Prometheus and in VictoriaMetrics."""

from __future__ import annotations

import pytest

from support.boards import BOARDS, PanelQuery, panel_queries, panels, run_query, shown_names
from support.prometheus import Scraped
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
    "limits: Block tokens by model (B)": "a family that the user takes rarely",
    "limits: Block tokens by model (E)": "no other models",
    "overview: Cost over time by model (B)": "a family that the user takes rarely",
    "usage: Cost over time by model (B)": "a family that the user takes rarely",
    "limits: Block limit used (A)": "no limit of the user's own, and no estimate yet",
    "limits: Limits reached in this range (C)": "none is raised",
    "limits: Projected share at the reset (A)": "the account that used most of a window may be the one that rests",
    "overview: Active alerts (A)": "no rules are loaded here; tests/rules has them fire",
    "health: Notifications sent (A)": "none may be due in these ten days",
    "overview: Runs out in (A)": "no limit may be likely to be reached",
    "limits: Windows now (F)": "no limit may be likely to be reached",
    "team: Nearest their limit (C)": "no limit may be likely to be reached",
    "usage: Cost (B)": "nothing may have been scraped in the range before",
    "overview: Cost today (B)": "nothing was scraped a week ago",
    "sessions: Plugins (A)": "the demo has none",
    "usage: Without a price (A)": "all its models have one",
    "team: Cost over time by model (B)": "a family that the user takes rarely",
    "team: Accounts by their fullest window (C)": "no account may be so far",
    "team: Machines with a problem (A)": "it reads everything",
    "team: Machines with a problem (B)": "its database is whole",
    "team: Machines with a problem (C)": "it sends nothing to a store of many machines",
    "team: Machines with a problem (D)": "it sends nothing to a store of many machines",
}
"""Queries that have no answer on the demo, with the reason. Some of them may have one all the same."""
LIVED_SECONDS = 600
"""Longer than the demo takes to live its ten days."""


def asked(name: str, until: int, chosen: dict[str, str] = DEMO) -> list[PanelQuery]:
    return panel_queries(name, SHOWN_SECONDS, until, chosen, faster=FASTER)


@pytest.mark.parametrize("name", BOARDS)
def test_every_query_has_an_answer_at_some_time(scraped: Scraped, name: str) -> None:
    """Which ones have one just now depends on the hour: nothing may run, run out or wait."""
    first = scraped.until - LIVED_SECONDS
    assert (
        set()
        == {
            query.name
            for query in asked(name, scraped.until)
            if not run_query(scraped.server, query, scraped.until)
            and not scraped.server.range(query.expr, first, scraped.until, step=1)
        }
        - SILENT.keys()
    )


@pytest.mark.parametrize("name", BOARDS)
def test_what_has_an_answer_now_has_one_in_the_other_store(scraped: Scraped, copied: Scraped, name: str) -> None:
    """The other has no series that ended: see `variants`."""
    answered = [one for one in asked(name, scraped.until) if scraped.server.query(one.expr, scraped.until * 1_000)]
    assert answered
    assert [] == [one.name for one in answered if not run_query(copied.server, one, scraped.until)]


@pytest.mark.parametrize("name", [name for name in BOARDS if name != "team"])
def test_both_stores_answer_the_same(scraped: Scraped, copied: Scraped, name: str) -> None:
    """At one moment; over time they lay the steps of a gap differently. VictoriaMetrics keeps times to some 10 ms.

    The board of many machines would add the variants up: it is asked in tests/push/test_team.py.
    """
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
