"""What is around the tracker: Prometheus and Grafana, by their APIs; the price list; the configuration's files."""

from __future__ import annotations

import os
import re
import stat
import tomllib
from pathlib import Path
from typing import Any

import msgspec

from exporter.doctor.configuration import ConfigFacts, SecretFile, holds_secret
from exporter.doctor.gather.asking import ask
from exporter.doctor.gather.stored import Stored
from exporter.doctor.place import Place, SecretPlace
from exporter.doctor.prices import PriceFacts
from exporter.doctor.services import FleetFacts, GrafanaFacts, PrometheusFacts, Scrape, SyncFacts
from exporter.domain.calendar import timestamp
from exporter.domain.fleet.state import health_of, shown_address
from exporter.files import read_file
from exporter.sources import prices as price_source
from exporter.sources import shipped_prices
from exporter.sources.http_session import without_credentials

DASHBOARDS = (
    "claude-tracker-overview",
    "claude-tracker-usage",
    "claude-tracker-limits",
    "claude-tracker-health",
    "claude-tracker-sessions",
    "claude-tracker-team",
)
"""The uids of `grafana/dashboards`."""
MAX_BYTES = 16 << 20


class _Target(msgspec.Struct):
    scrape_url: str = msgspec.field(name="scrapeUrl", default="")
    health: str = "unknown"
    last_error: str = msgspec.field(name="lastError", default="")
    labels: dict[str, str] = {}


class _Data(msgspec.Struct):
    active: list[_Target] = msgspec.field(name="activeTargets", default_factory=list)


class _Targets(msgspec.Struct):
    status: str
    data: _Data


class _GrafanaHealth(msgspec.Struct):
    database: str


def prometheus(place: Place) -> PrometheusFacts:
    url, port = place.prometheus.url.rstrip("/"), place.listen[1]
    facts = PrometheusFacts(without_credentials(url), port, place.prometheus.is_configured)
    found = _decoded(f"{url}/api/v1/targets?state=active", _Targets)
    if found is None or found.status != "success":
        return facts
    scrapes = [
        Scrape(one.labels.get("job", ""), one.scrape_url, one.health, one.last_error) for one in found.data.active
    ]
    return msgspec.structs.replace(facts, answers=True, scrapes=tuple(scrapes))


def grafana(place: Place) -> GrafanaFacts:
    url = place.grafana.url.rstrip("/")
    facts = GrafanaFacts(without_credentials(url), place.grafana.is_configured)
    if _decoded(f"{url}/api/health", _GrafanaHealth) is None:
        return facts
    statuses: dict[str, int] = {}
    for uid in DASHBOARDS:
        answer = ask(f"{url}/api/dashboards/uid/{uid}")
        statuses[uid] = answer.status_code if answer is not None else 0
        if statuses[uid] not in (200, 404):  # it asks for a login
            return msgspec.structs.replace(facts, answers=True)
    missing = tuple(uid for uid, status in statuses.items() if status == 404)
    return msgspec.structs.replace(facts, answers=True, missing=missing)


def _decoded(url: str, form: type[Any]) -> Any:
    answer = ask(url)
    try:
        return msgspec.json.decode(answer.content, type=form) if answer is not None else None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None


def syncs(place: Place, stored: Stored, *, runs: bool) -> SyncFacts:
    return SyncFacts(place.clock(), tuple(place.sync_targets), stored.syncs, runs)


def fleet(place: Place, stored: Stored, *, runs: bool) -> FleetFacts:
    if place.store is None:
        return FleetFacts(place.clock())
    state = stored.stores.get(place.store)
    return FleetFacts(place.clock(), shown_address(place.store), health_of(state) if state is not None else None, runs)


def prices(place: Place, stored: Stored) -> PriceFacts:
    now = place.clock()
    return PriceFacts(now, price_source.version(), newest_date(_price_data(), now), stored.unpriced)


def _price_data() -> bytes:
    file = shipped_prices.data_file()
    try:
        return read_file(file, MAX_BYTES) if file is not None else b""
    except OSError:
        return b""


def newest_date(content: bytes, now: int) -> int | None:
    """The newest date in a text that is not after `now`, both in ms: the text is at least as new. None without one."""
    today = timestamp.to_iso(now)[:10].encode()
    found = max((date for date in re.findall(rb"\b20\d\d-\d\d-\d\d\b", content) if date <= today), default=None)
    return timestamp.parse(found.decode()) if found is not None else None


def config(place: Place) -> ConfigFacts:
    where, on_windows = place.config, place.machine.uid is None
    secrets = tuple(_secret(one, place.machine.uid) for one in where.secrets)
    try:
        mode = stat.S_IMODE(os.stat(where.file).st_mode)
    except OSError:
        return ConfigFacts(str(where.file), where.problem, tuple(where.values), secrets=secrets)
    holds = holds_secret(_values(where.file))
    return ConfigFacts(
        str(where.file), where.problem, tuple(where.values), 0o600 if on_windows else mode, holds, secrets
    )


def _values(file: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(read_file(file, MAX_BYTES).decode("utf-8"))
    except (OSError, ValueError, RecursionError):
        return {}


def _secret(place: SecretPlace, uid: int | None) -> SecretFile:
    try:
        found = os.stat(place.file)
    except OSError:
        return SecretFile(place.name, None, exists=False)
    if uid is None:
        return SecretFile(place.name, None)
    return SecretFile(place.name, stat.S_IMODE(found.st_mode), found.st_uid in (0, uid))
