"""What is around the tracker: Prometheus, Grafana, publishing, and a store of many machines."""

from __future__ import annotations

import msgspec

from exporter.doctor.check import Finding, age, ok, warning
from exporter.domain.calendar.timestamp import DAY
from exporter.domain.fleet.state import StoreHealth
from exporter.domain.sync import SyncState

OLD_SYNC_MS = DAY


class Scrape(msgspec.Struct, frozen=True):
    """A target of a Prometheus. `health`: up, down or unknown. `error`: of the last scrape, empty if none."""

    job: str
    url: str
    health: str
    error: str = ""


class PrometheusFacts(msgspec.Struct, frozen=True):
    """`is_configured`: whether the user named it. `answers`: as a Prometheus does. `port`: of the tracker."""

    url: str
    port: int
    is_configured: bool = False
    answers: bool = False
    scrapes: tuple[Scrape, ...] = ()


class GrafanaFacts(msgspec.Struct, frozen=True):
    """`missing`: the dashboards of ours that it does not have; None if it does not show that without a login."""

    url: str
    is_configured: bool = False
    answers: bool = False
    missing: tuple[str, ...] | None = None


class SyncFacts(msgspec.Struct, frozen=True):
    """`targets`: where the configuration publishes to. `states`: of each target that was ever used."""

    now: int
    targets: tuple[str, ...] = ()
    states: tuple[SyncState, ...] = ()
    runs: bool = False


class FleetFacts(msgspec.Struct, frozen=True):
    """`store`: the one of the configuration, None without one. `health`: None if nothing was ever sent to it."""

    now: int
    store: str | None = None
    health: StoreHealth | None = None
    runs: bool = False


def check_prometheus(facts: PrometheusFacts) -> Finding:
    if not facts.answers:
        if facts.is_configured:
            return warning(f"No Prometheus answers at {facts.url}.", "Start it, or correct --prometheus-url.")
        return ok(f"No Prometheus at {facts.url}.")
    ours = [scrape for scrape in facts.scrapes if is_ours(scrape, facts.port)]
    if not ours:
        return warning(
            f"The Prometheus at {facts.url} does not scrape the tracker.",
            f'Add a job `claude-tracker` with the target "127.0.0.1:{facts.port}" to its scrape_configs.',
        )
    failing = next((scrape for scrape in ours if scrape.health == "down"), None)
    if failing is not None:
        return warning(
            f"Prometheus cannot scrape {failing.url}: {failing.error or 'it gives no reason'}.",
            "Start the tracker there, or correct the target. With a token, the job needs it as `authorization`.",
        )
    return ok(f"The Prometheus at {facts.url} scrapes the tracker.")


def is_ours(scrape: Scrape, port: int) -> bool:
    return scrape.job == "claude-tracker" or scrape.url.endswith(f":{port}/metrics")


def check_grafana(facts: GrafanaFacts) -> Finding:
    if not facts.answers:
        if facts.is_configured:
            return warning(f"No Grafana answers at {facts.url}.", "Start it, or correct --grafana-url.")
        return ok(f"No Grafana at {facts.url}.")
    if facts.missing is None:
        return ok(f"The Grafana at {facts.url} asks for a login, so its dashboards were not checked.")
    if facts.missing:
        return warning(
            f"The Grafana at {facts.url} does not have the dashboards {', '.join(facts.missing)}.",
            "Provision them: docs/grafana.md says how.",
        )
    return ok(f"The Grafana at {facts.url} has the dashboards.")


def check_sync(facts: SyncFacts) -> Finding:
    if not facts.targets:
        return ok("Nothing is published.")
    states = {state.target: state for state in facts.states}
    for target in facts.targets:
        state = states.get(target)
        if state is None or state.last_success_at is None:
            problem = f" {state.problem}." if state is not None and state.problem is not None else ""
            return warning(f"Nothing was published to {target} yet.{problem}", "Run `claude-tracker sync`.")
        if state.problem is not None:
            stopped = " It does not try again until the configuration changes." if state.is_stopped else ""
            return warning(
                f"Publishing to {target} fails: {state.problem}.{stopped}",
                "Correct that, and run `claude-tracker sync`.",
            )
        if facts.runs and facts.now - state.last_success_at >= OLD_SYNC_MS:
            return warning(
                f"The last sync to {target} was {age(facts.now - state.last_success_at)} ago, though a tracker runs.",
                "Restart the tracker, so that it reads the configuration again.",
            )
    return ok(f"Publishing to {' and '.join(facts.targets)} works.")


def check_fleet(facts: FleetFacts) -> Finding:
    if facts.store is None:
        return ok("No store of many machines is configured.")
    health = facts.health
    if health is not None and health.problem is not None:
        after = " It is tried again each hour." if health.is_stopped else ""
        return warning(
            f"Sending to {facts.store} fails: {health.problem}.{after}",
            "Correct that, and run `claude-tracker push --once`.",
        )
    if health is None or health.last_success_at is None:
        return warning(f"Nothing was sent to {facts.store} yet.", "Run `claude-tracker push --once`.")
    if refused := sum(health.refused.values()):
        return warning(
            f"{facts.store} refused {refused} samples for good: sums are right, that time has no shape there.",
            "Let it take what is late (out_of_order_time_window of Prometheus).",
        )
    if facts.runs and facts.now - health.last_success_at >= OLD_SYNC_MS:
        return warning(
            f"{facts.store} last took something {age(facts.now - health.last_success_at)} ago, though a tracker runs.",
            "Restart the tracker, so that it reads the configuration again.",
        )
    return ok(f"{facts.store} has what was used here.")
