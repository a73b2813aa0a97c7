"""Parses `.claude.json`: the service's last answer about limits, which the client keeps there, and whose folder it is.

The file may hold secrets and an e-mail address: of `oauthAccount` four keys are decoded, of `cachedUsageUtilization`
three, and nothing else.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Any, TypeVar

import msgspec

from exporter.domain.accounts import FolderAccount, Origin, owner_of
from exporter.domain.limits.naming import family_of, family_window, surface_of, surface_window, window_of
from exporter.domain.limits.reading import FIVE_HOUR, SPEND, Credits, Reading, ReportedReading, SurfaceShare
from exporter.domain.text import as_utf8, is_id_like
from exporter.sources.limits.money import is_off, parse_credits
from exporter.sources.limits.report import (
    ACCOUNT,
    MAX_TIME_MS,
    LimitReport,
    object_in,
    objects_in,
    parse_reading,
    parse_share,
)

_NO_WINDOWS = ("limits", "seven_day_breakdown", "extra_usage", "spend")
T = TypeVar("T")
_PLAN = re.compile("[A-Za-z0-9_]{1,60}")


class _Cached(msgspec.Struct):
    fetched_at_ms: float = msgspec.field(name="fetchedAtMs")
    utilization: dict[str, Any]
    account: Any = msgspec.field(name="accountUuid", default=None)


class _CachedFor(msgspec.Struct):
    fetched_at_ms: Any = msgspec.field(name="fetchedAtMs", default=None)
    account: Any = msgspec.field(name="accountUuid", default=None)


class _OauthAccount(msgspec.Struct):
    account: Any = msgspec.field(name="accountUuid", default=None)
    organization: Any = msgspec.field(name="organizationUuid", default=None)
    tier: Any = msgspec.field(name="organizationRateLimitTier", default=None)
    type: Any = msgspec.field(name="organizationType", default=None)


class _File(msgspec.Struct):
    """Other keys of either value are not decoded."""

    cached: msgspec.Raw = msgspec.field(name="cachedUsageUtilization", default=msgspec.Raw(b"null"))
    login: msgspec.Raw = msgspec.field(name="oauthAccount", default=msgspec.Raw(b"null"))


def parse_account(content: bytes, folder: str | None = None) -> LimitReport:
    """Parse the service's answer. `folder`: the configuration folder that the file belongs to.

    It is of the account that it names, in an organization that it does not name: not always that of the login now.
    Raises msgspec.DecodeError.
    """
    file = msgspec.json.decode(as_utf8(content), type=_File)
    cached = msgspec.json.decode(file.cached, type=_Cached | None)
    if cached is None or not 0 < cached.fetched_at_ms < MAX_TIME_MS:
        return LimitReport()
    at, answer = int(cached.fetched_at_ms), cached.utilization
    origin = Origin(owner_of(None, cached.account), folder)
    readings = {
        reading.window: reading for reading in (*_flat(answer, at), *listed(answer, at, ACCOUNT), *_spent(answer, at))
    }
    return LimitReport(
        [ReportedReading(reading, origin) for reading in readings.values()],
        credits=list(islice(_credits(answer, at, origin), 1)),
        surfaces=_surfaces(answer, at, origin),
    )


def parse_folder_account(content: bytes, folder: str) -> FolderAccount:
    """Parse to whom a configuration folder belongs. Raises msgspec.DecodeError."""
    file = msgspec.json.decode(as_utf8(content), type=_File)
    login = _login(file)
    owner = owner_of(login.organization, login.account)
    if not owner.is_known:
        return FolderAccount(folder, owner)
    cached = _lenient(file.cached, _CachedFor) or _CachedFor()
    return FolderAccount(folder, owner, _plan(login.tier) or _plan(login.type), proven=_proven(cached, login))


def _login(file: _File) -> _OauthAccount:
    return _lenient(file.login, _OauthAccount) or _OauthAccount()


def _lenient(raw: msgspec.Raw, form: type[T]) -> T | None:
    try:
        return msgspec.json.decode(raw, type=form)
    except msgspec.DecodeError:
        return None


def _is_same(one: object, other: object) -> bool:
    owner = owner_of(None, one)
    return owner.is_known and owner == owner_of(None, other)


def _proven(cached: _CachedFor, login: _OauthAccount) -> int | None:
    """When (ms) the service answered the account that is logged in."""
    at = cached.fetched_at_ms
    if not _is_same(cached.account, login.account) or isinstance(at, bool) or not isinstance(at, int | float):
        return None
    return int(at) if 0 < at < MAX_TIME_MS else None


def _plan(value: object) -> str | None:
    return value if isinstance(value, str) and _PLAN.fullmatch(value) and not is_id_like(value) else None


def _flat(answer: Mapping[str, Any], at: int) -> Iterator[Reading]:
    """The windows that have keys of their own; those that do not apply are null."""
    for name, value in answer.items():
        if isinstance(value, dict) and name not in _NO_WINDOWS:
            percent, resets_at = value.get("utilization"), value.get("resets_at")
            if (reading := parse_reading(window_of(name), ACCOUNT, at, percent, resets_at)) is not None:
                yield reading


def listed(answer: Mapping[str, Any], at: int, source: str) -> Iterator[Reading]:
    """The windows in `limits`, which since 2026 is the only place for those of one model or surface."""
    for limit in objects_in(answer, "limits"):
        window, percent, resets_at = _window_of(limit), limit.get("percent"), limit.get("resets_at")
        binds = window != FIVE_HOUR or limit.get("is_active") is not False
        if (reading := parse_reading(window, source, at, percent, resets_at, binds=binds)) is not None:
            yield reading


def _window_of(limit: Mapping[str, Any]) -> str | None:
    if limit.get("kind") == "weekly_scoped":
        scope = object_in(limit, "scope")
        model, surface = object_in(scope, "model"), scope.get("surface")
        if (family := family_of(model.get("display_name") or model.get("id"))) is not None:
            return family_window(family)
        if surface is not None:
            return surface_window(object_in(scope, "surface").get("display_name") or surface)
    return window_of(limit.get("kind"))


def _paid(answer: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """What is said about paid use: newer clients say it twice, more exactly under `spend`."""
    yield from (value for key in ("spend", "extra_usage") if (value := object_in(answer, key)))


def _credits(answer: Mapping[str, Any], at: int, origin: Origin) -> Iterator[Credits]:
    for value in _paid(answer):
        if (used := parse_credits(value, at, origin)) is not None:
            yield used


def _spent(answer: Mapping[str, Any], at: int) -> Iterator[Reading]:
    """The share of the limit of spending; none while it is off and unused."""
    for value in _paid(answer):
        percent = value.get("percent", value.get("utilization"))
        reading = parse_reading(SPEND, ACCOUNT, at, percent, value.get("resets_at"))
        if reading is not None and not (is_off(value) and not reading.utilization):
            yield reading
            return


def _surfaces(answer: Mapping[str, Any], at: int, origin: Origin) -> list[SurfaceShare]:
    shares: defaultdict[str, float] = defaultdict(float)
    for row in objects_in(object_in(answer, "seven_day_breakdown"), "rows"):
        if (share := parse_share(row.get("percent"))) is not None:
            shares[surface_of(row.get("key") or row.get("display_name"))] += share
    return [SurfaceShare(at, surface, round(share, 6), origin) for surface, share in shares.items()]
