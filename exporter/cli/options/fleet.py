"""`[fleet]` in the configuration file: the store of many machines that a tracker sends to."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from datetime import date as Date
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from exporter.cli.options.addresses import require_safe_url
from exporter.cli.options.secrets import Secret
from exporter.domain.fleet.labels import RESERVED
from exporter.domain.text import printable
from exporter.errors import ConfigurationError

TABLE = "fleet"
FLEET_TOKEN = "CLAUDE_TRACKER_FLEET_TOKEN"
PRIVACY = ("totals", "projects")
TEXTS = ("url", "token-file", "username", "password-file", "ca-file", "client-cert", "client-key", "privacy", "since")
"""The keys with texts; `labels` and `headers` are tables."""
MAX_LABELS = 20
MAX_VALUE = 100
_NAME = re.compile(r"[a-zA-Z_][a-zA-Z0-9_]*")
_HEADER = re.compile(r"[A-Za-z0-9-]+")
_OWN_HEADERS = ("authorization", "content-encoding", "content-length", "content-type", "cookie", "host", "user-agent")


class FleetSettings(NamedTuple):
    """`secret`: the token, or the password of `username`. `since`: the earliest time to send, ms.

    `certificate`: the files of a client certificate and its key.
    """

    url: str
    secret: Secret
    username: str | None = None
    verify: Path | None = None
    certificate: tuple[Path, Path] | None = None
    with_projects: bool = False
    since: int | None = None
    labels: Mapping[str, str] = {}
    headers: Mapping[str, str] = {}


def parse_fleet(table: Any, file: str) -> FleetSettings:
    """The settings. Raises ConfigurationError for an unknown key, and for a value that cannot be used."""
    where = f"{file}: [{TABLE}]"
    if not isinstance(table, dict):
        raise ConfigurationError(f'{where} is a table, such as [{TABLE}] url = "https://store.example/api/v1/write"')
    for key in table:
        if key not in (*TEXTS, "labels", "headers"):
            raise ConfigurationError(f"{where} has no key {key!r}; its keys are {', '.join(TEXTS)}, labels and headers")
    texts = {key: _text(table[key], f"{where} {key}") for key in TEXTS if key in table and key != "since"}
    if "url" not in texts:
        raise ConfigurationError(f"{where} needs url, the address of the store's remote write")
    if "username" in texts and "token-file" in texts:
        raise ConfigurationError(f"{where} has a token and a username: use token-file, or username and password-file")
    if ("client-cert" in texts) != ("client-key" in texts):
        raise ConfigurationError(f"{where} needs both client-cert and client-key, or none of them")
    if texts.get("privacy", PRIVACY[0]) not in PRIVACY:
        raise ConfigurationError(f"{where} privacy must be {' or '.join(PRIVACY)}, not {texts['privacy']!r}")
    secret_file = texts.get("password-file") if "username" in texts else texts.get("token-file")
    certificate = (_path(texts["client-cert"]), _path(texts["client-key"])) if "client-cert" in texts else None
    return FleetSettings(
        _url(texts["url"], f"{where} url"),
        Secret(FLEET_TOKEN, _path(secret_file) if secret_file is not None else None),
        texts.get("username"),
        _path(texts["ca-file"]) if "ca-file" in texts else None,
        certificate,
        texts.get("privacy") == "projects",
        _since(table["since"], where) if "since" in table else None,
        check_labels(table.get("labels", {}), f"{where} labels"),
        _headers(table.get("headers", {}), f"{where} headers"),
    )


def check_labels(table: Any, where: str) -> dict[str, str]:
    """Labels that every series gets. Raises ConfigurationError for a name that is ours, or none at all."""
    if not isinstance(table, dict):
        raise ConfigurationError(f'{where} is a table, such as {{ team = "payments" }}')
    if len(table) > MAX_LABELS:
        raise ConfigurationError(f"{where}: there are {len(table)}; use at most {MAX_LABELS}")
    for name, value in table.items():
        if _NAME.fullmatch(name) is None or name.startswith("__"):
            raise ConfigurationError(f"{where}: {name!r} cannot be the name of a label: use letters, digits and _")
        if name in RESERVED:
            raise ConfigurationError(f"{where}: the tracker itself uses {name!r}; choose another name")
        if not isinstance(value, str) or not 0 < len(value) <= MAX_VALUE or printable(value) != value:
            raise ConfigurationError(f"{where}: {name} must be a text of 1 to {MAX_VALUE} visible characters")
    return dict(sorted(table.items()))


def _url(url: str, where: str) -> str:
    if "@" in urlsplit(require_safe_url(where, url)).netloc:
        raise ConfigurationError(f"{where} has a password in it: use username and password-file")
    return url


def _text(value: Any, where: str) -> str:
    if not isinstance(value, str) or not value:
        raise ConfigurationError(f"{where} must be a text")
    return value


def _path(text: str) -> Path:
    return Path(text).expanduser()


def _since(value: Any, where: str) -> int:
    """A day as TOML writes it, or as a text; its beginning in UTC, ms."""
    try:
        day = Date.fromisoformat(value) if isinstance(value, str) else value
        return round(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp() * 1000)
    except (AttributeError, ValueError) as error:
        raise ConfigurationError(f"{where} since must be a day, such as 2026-11-01, not {value!r}") from error


def _headers(table: Any, where: str) -> dict[str, str]:
    if not isinstance(table, dict):
        raise ConfigurationError(f'{where} is a table, such as {{ X-Scope-OrgID = "engineering" }}')
    for name, value in table.items():
        if _HEADER.fullmatch(name) is None or name.lower() in _OWN_HEADERS:
            raise ConfigurationError(f"{where}: {name!r} cannot be set here; credentials belong into files")
        if not isinstance(value, str) or not value.isascii() or not value.isprintable():
            raise ConfigurationError(f"{where}: {name} must be a text of visible ASCII characters")
    return dict(table)
