"""The gauges of limits: official windows, the running block's token limit, week, month, thresholds."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from prometheus_client.core import GaugeMetricFamily

from exporter.domain.forecast.verdict import STATES
from exporter.domain.limits.budget import BudgetUse
from exporter.domain.limits.hit import window_length_ms
from exporter.domain.notifications.warning import Thresholds
from exporter.domain.usage.labels import OTHER
from exporter.domain.usage.pricing import usd
from exporter.metrics.gauge import labelled_gauge
from exporter.snapshot.limit_parts import TokenLimit
from exporter.snapshot.parts import AccountPart, MonthPart, WeekPart


def limit_families(accounts: Sequence[AccountPart]) -> Iterator[GaugeMetricFamily]:
    """By account. A window without a valid reading has no sample: absent, not 0 and not stale. Estimates are not
    exposed. Accounts and windows beyond the caps are not, since their values cannot be summed.
    """
    utilization = labelled_gauge(
        "window_utilization_ratio",
        "Used share of an official window, as Claude's service said last.",
        "account",
        "window",
        "source",
    )
    observed = labelled_gauge(
        "window_observed_timestamp_seconds", "When Claude's service said so.", "account", "window", "source"
    )
    reset = labelled_gauge("window_reset_timestamp_seconds", "When an official window resets.", "account", "window")
    start = labelled_gauge("window_start_timestamp_seconds", "When an official window started.", "account", "window")
    locked = labelled_gauge("locked_out", "Whether requests are refused because of a limit.", "account", "window")
    for account in accounts:
        if account.label == OTHER:
            continue
        for limit in account.limits:
            if limit.basis != "official" or limit.label == OTHER:
                continue
            window = (account.label, limit.label)
            utilization.add_metric((*window, limit.source), limit.utilization)
            observed.add_metric((*window, limit.source), limit.observed_at / 1000)
            if limit.resets_at is not None:
                reset.add_metric(window, limit.resets_at / 1000)
                start.add_metric(window, (limit.resets_at - window_length_ms(limit.window)) / 1000)
        reached = {part.label for part in account.lockouts}
        for label in sorted({*account.windows} - {OTHER}):
            locked.add_metric((account.label, label), float(label in reached))
    yield from (utilization, observed, start, reset, locked)


def forecast_families(accounts: Sequence[AccountPart]) -> Iterator[GaugeMetricFamily]:
    """What is said of each account and window, by the one verdict that every face shows."""
    verdict = labelled_gauge("verdict", "Whether this is what is said of an account's limits.", "account", "state")
    binding = labelled_gauge("window_binding", "Whether this window is the first to run out.", "account", "window")
    runs_out = labelled_gauge(
        "window_runs_out_timestamp_seconds", "About when a window runs out, if it is likely to.", "account", "window"
    )
    projected = labelled_gauge(
        "window_projected_ratio", "Expected used share of a window at its reset.", "account", "window"
    )
    elsewhere = labelled_gauge(
        "window_elsewhere_ratio", "Part of the used share that was clearly used elsewhere.", "account", "window"
    )
    for account in accounts:
        if account.label == OTHER:
            continue
        for state in STATES:
            verdict.add_metric((account.label, state), float(account.verdict.forecast.state == state))
        for limit in account.limits:
            if limit.label == OTHER or not limit.binds:
                continue
            window, said = (account.label, limit.label), limit.forecast
            binding.add_metric(window, float(account.verdict.window == limit.window))
            if said.runs_out_at is not None:
                runs_out.add_metric(window, said.runs_out_at / 1000)
            if said.projected is not None:
                projected.add_metric(window, said.projected)
            if limit.elsewhere is not None:
                elsewhere.add_metric(window, limit.elsewhere)
    yield from (verdict, binding, runs_out, projected, elsewhere)


def account_families(accounts: Sequence[AccountPart]) -> Iterator[GaugeMetricFamily]:
    """What is known of each account, apart from its windows."""
    info = labelled_gauge("account_info", "An account in use.", "account", "name", "plan", "organization")
    overage = labelled_gauge(
        "overage_in_use", "Whether work goes on beyond a limit: by credits, low priority or another model.", "account"
    )
    used = labelled_gauge("credits_used", "Credits used beyond the plan.", "account", "currency")
    limit = labelled_gauge("credits_limit", "Limit of the credits beyond the plan.", "account", "currency")
    surfaces = labelled_gauge("week_surface_ratio", "Used share of the week's limit, by surface.", "account", "surface")
    cost = labelled_gauge(
        "week_window_cost_ratio", "What a full 5-hour window costs of the week's limit, the median.", "account"
    )
    left = labelled_gauge(
        "week_windows_left", "How many full 5-hour windows the week's limit still has room for.", "account"
    )
    for account in accounts:
        if account.label == OTHER:
            continue
        info.add_metric((account.label, account.name, account.plan or "", account.organization or ""), 1)
        overage.add_metric((account.label,), float(account.uses_overage))
        for credit in account.credits:
            used.add_metric((account.label, credit.currency), credit.used)
            if credit.limit is not None:
                limit.add_metric((account.label, credit.currency), credit.limit)
        for surface in account.surfaces:
            surfaces.add_metric((account.label, surface.surface), surface.share)
        if account.window_cost is not None:
            cost.add_metric((account.label,), account.window_cost.median)
        if account.windows_left is not None:
            left.add_metric((account.label,), account.windows_left)
    yield from (info, overage, used, limit, surfaces, cost, left)


def block_limit_families(limit: TokenLimit | None, weighted_tokens: int | None) -> Iterator[GaugeMetricFamily]:
    """`weighted_tokens`: of the running block, or None."""
    tokens = labelled_gauge(
        "block_token_limit",
        "Token limit of a block: configured, for all types; or estimated from usage reports, cost-weighted.",
        "basis",
    )
    if limit is not None:
        tokens.add_metric((limit.basis,), limit.tokens)
    yield tokens
    used = labelled_gauge(
        "block_weighted_tokens", "Cost-weighted tokens of the running block, comparable to the estimated limit."
    )
    if weighted_tokens is not None:
        used.add_metric((), weighted_tokens)
    yield used


def budget_family(budgets: Sequence[BudgetUse]) -> GaugeMetricFamily:
    """The budgets, of which there are few."""
    used = labelled_gauge("budget_used_ratio", "Used share of a budget of your own in its current period.", "budget")
    for one in budgets:
        used.add_metric((one.budget.name,), one.ratio)
    return used


def threshold_families(thresholds: Thresholds) -> Iterator[GaugeMetricFamily]:
    """The thresholds of the tracker, which the alerting rules use too."""
    threshold = labelled_gauge("alert_threshold", "Threshold of an alert, in base units.", "alert", "severity")
    for alert, severity, value in thresholds.by_alert():
        threshold.add_metric((alert, severity), value)
    yield threshold


def period_families(week: WeekPart, month: MonthPart) -> Iterator[GaugeMetricFamily]:
    """The current week by family of models, and the month."""
    start = labelled_gauge("week_start_timestamp_seconds", "When the current week started.")
    end = labelled_gauge("week_end_timestamp_seconds", "When the current week ends.")
    start.add_metric((), week.span.start / 1000)
    end.add_metric((), week.span.end / 1000)
    tokens = labelled_gauge("week_tokens", "Tokens used in the current week, by family of models.", "family")
    cost = labelled_gauge(
        "week_cost_usd", "Cost of the current week, estimated by list price, in US dollars, by family.", "family"
    )
    projected = labelled_gauge(
        "week_projected_cost_usd",
        "Projected cost of the current week at its end, at the pace of the last three days, in US dollars, by family.",
        "family",
    )
    for use in week.families:
        tokens.add_metric((use.family,), use.tokens)
        cost.add_metric((use.family,), usd(use.cost))
        if use.projected_cost is not None:
            projected.add_metric((use.family,), usd(use.projected_cost))
    yield from (start, end, tokens, cost, projected)
    whole = labelled_gauge(
        "month_projected_cost_usd",
        "Projected cost of the calendar month at its end, at the pace of the last seven days, in US dollars.",
    )
    whole.add_metric((), usd(month.projected_cost))
    yield whole


def session_effectiveness(effectiveness: float | None) -> GaugeMetricFamily:
    ratio = labelled_gauge(
        "session_effectiveness_ratio",
        "Share of responses without API error, interruption or rejected tool call, in sessions of the last 7 days.",
    )
    if effectiveness is not None:
        ratio.add_metric((), effectiveness)
    return ratio
