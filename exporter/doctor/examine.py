"""All checks, and how they are run: one that fails is reported, and stops no other."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from functools import cached_property

from exporter.doctor import claude, configuration, database, limits, machine, prices, program, service, services
from exporter.doctor import settings as claude_settings
from exporter.doctor import storage as where
from exporter.doctor.check import Check, Finding, warning
from exporter.doctor.gather import around, running, stored, system
from exporter.doctor.gather import claude as claude_files
from exporter.doctor.place import Place
from exporter.errors import reason

log = logging.getLogger(__name__)


class World:
    """The facts of each topic, gathered when a check first needs them."""

    def __init__(self, place: Place) -> None:
        self._place = place

    @cached_property
    def python(self) -> program.PythonFacts:
        return program.PythonFacts(self._place.machine.python)

    @cached_property
    def tracker(self) -> program.TrackerFacts:
        return running.tracker(self._place)

    @cached_property
    def work(self) -> machine.WorkFacts:
        return running.work(self._place, self.tracker)

    @cached_property
    def service(self) -> service.ServiceFacts:
        return system.service(self._place)

    @cached_property
    def roots(self) -> claude.RootFacts:
        return claude_files.roots(self._place)

    @cached_property
    def transcripts(self) -> claude.TranscriptFacts:
        return claude_files.transcripts(self._place, self.roots)

    @cached_property
    def retention(self) -> claude.RetentionFacts:
        return claude_files.retention(self._place, self.stored, runs=self.tracker.holder is not None)

    @cached_property
    def registry(self) -> claude.RegistryFacts:
        return claude_files.registry(self._place)

    @cached_property
    def settings(self) -> claude_settings.SettingsFacts:
        return claude_files.settings(self._place)

    @cached_property
    def stored(self) -> stored.Stored:
        return stored.stored(self._place)

    @cached_property
    def limits(self) -> limits.LimitFacts:
        return stored.limits(self._place, self.stored, self.transcripts.newest_at)

    @cached_property
    def database(self) -> database.DatabaseFacts:
        return stored.database(self._place, self.stored)

    @cached_property
    def storage(self) -> where.StorageFacts:
        return system.storage(self._place)

    @cached_property
    def watches(self) -> machine.WatchFacts:
        return system.watches(self._place, self.transcripts.folders)

    @cached_property
    def zone(self) -> machine.ZoneFacts:
        return system.zone(self._place)

    @cached_property
    def prices(self) -> prices.PriceFacts:
        return around.prices(self._place, self.stored)

    @cached_property
    def prometheus(self) -> services.PrometheusFacts:
        return around.prometheus(self._place)

    @cached_property
    def grafana(self) -> services.GrafanaFacts:
        return around.grafana(self._place)

    @cached_property
    def syncs(self) -> services.SyncFacts:
        return around.syncs(self._place, self.stored, runs=self.tracker.holder is not None)

    @cached_property
    def fleet(self) -> services.FleetFacts:
        return around.fleet(self._place, self.stored, runs=self.tracker.holder is not None)

    @cached_property
    def config(self) -> configuration.ConfigFacts:
        return around.config(self._place)


CHECKS: Mapping[str, Callable[[World], Finding]] = {
    "python": lambda world: program.check_python(world.python),
    "version": lambda world: program.check_version(world.tracker),
    "tracker": lambda world: program.check_tracker(world.tracker),
    "port": lambda world: program.check_port(world.tracker),
    "collectors": lambda world: machine.check_collectors(world.work),
    "service": lambda world: service.check_service(world.service),
    "service_active": lambda world: service.check_service_active(world.service),
    "service_command": lambda world: service.check_service_command(world.service),
    "roots": lambda world: claude.check_roots(world.roots),
    "roots_readable": lambda world: claude.check_roots_readable(world.roots),
    "transcripts": lambda world: claude.check_transcripts(world.roots, world.transcripts),
    "retention": lambda world: claude.check_retention(world.retention),
    "registry": lambda world: claude.check_registry(world.registry),
    "settings": lambda world: claude_settings.check_settings(world.settings),
    "statusline": lambda world: claude_settings.check_statusline(world.settings),
    "statusline_command": lambda world: claude_settings.check_statusline_command(world.settings),
    "hook": lambda world: claude_settings.check_hook(world.settings),
    "hook_command": lambda world: claude_settings.check_hook_command(world.settings),
    "account": lambda world: limits.check_account(world.limits),
    "limits": lambda world: limits.check_limits(world.limits),
    "database": lambda world: database.check_database(world.database),
    "database_integrity": lambda world: database.check_database_integrity(world.database),
    "database_version": lambda world: database.check_database_version(world.database),
    "database_size": lambda world: database.check_database_size(world.database),
    "database_owner": lambda world: where.check_database_owner(world.storage),
    "database_permissions": lambda world: where.check_database_permissions(world.storage),
    "database_synced": lambda world: where.check_database_synced(world.storage),
    "database_filesystem": lambda world: where.check_database_filesystem(world.storage),
    "disk": lambda world: where.check_disk(world.storage),
    "watches": lambda world: machine.check_watches(world.watches),
    "watch_instances": lambda world: machine.check_watch_instances(world.watches),
    "watching": lambda world: machine.check_watching(world.work),
    "clock": lambda world: database.check_clock(world.database),
    "file_times": lambda world: machine.check_file_times(world.transcripts),
    "zone": lambda world: machine.check_zone(world.zone),
    "price_list": lambda world: prices.check_price_list(world.prices),
    "unpriced": lambda world: prices.check_unpriced(world.prices),
    "prometheus": lambda world: services.check_prometheus(world.prometheus),
    "grafana": lambda world: services.check_grafana(world.grafana),
    "sync": lambda world: services.check_sync(world.syncs),
    "fleet": lambda world: services.check_fleet(world.fleet),
    "config": lambda world: configuration.check_config(world.config),
    "config_values": lambda world: configuration.check_config_values(world.config),
    "config_permissions": lambda world: configuration.check_config_permissions(world.config),
    "secrets": lambda world: configuration.check_secrets(world.config),
}
"""By id, in the order of the report. `docs/troubleshooting.md` has a row for each."""


def examine(place: Place) -> tuple[Check, ...]:
    """Run every check. Reads only."""
    world = World(place)
    return tuple(_run(name, check, world) for name, check in CHECKS.items())


def _run(name: str, check: Callable[[World], Finding], world: World) -> Check:
    try:
        found = check(world)
    except Exception as error:
        log.debug("the check %s failed", name, exc_info=error)
        found = warning(f"This check failed: {reason(error)}.", "Report it, with what `claude-tracker support` writes.")
    return Check(name, found.status, found.message, found.remedy)
