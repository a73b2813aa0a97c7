"""`.claude.json`: the whole answer that the client keeps, whose it is, and whose folder; nothing else of the file."""

from __future__ import annotations

import json
from typing import Any

import msgspec
import pytest

from exporter.domain.accounts import NOBODY, FolderAccount, Origin, owner_of
from exporter.domain.calendar.timestamp import DAY
from exporter.domain.limits.reading import Credits, Reading, SurfaceShare
from exporter.sources.limits.claude_json import parse_account, parse_folder_account
from exporter.sources.limits.report import LimitReport
from support.services import shared_dir
from support.snapshots import NOON

ISO = "2026-11-22T14:37:51Z"
RESET = 1_795_358_271_000
ME, MINE = "aaaaaaaa-0000-4000-8000-000000000001", "bbbbbbbb-0000-4000-8000-000000000002"
LOGIN = {
    "accountUuid": ME, "organizationUuid": MINE, "organizationRateLimitTier": "default_claude_max_5x",
    "organizationType": "claude_max", "emailAddress": "me@example.org", "displayName": "Me",
}  # fmt: skip


ORG = "aa11bb22-2222-4ccc-8ddd-ba9876543210"


def file(answer: Any = None, *, login: Any = LOGIN, account: Any = ME, at: Any = NOON, **more: Any) -> bytes:
    cached = {"fetchedAtMs": at, "accountUuid": account, "utilization": answer or {}}
    return json.dumps({"numStartups": 3, "oauthAccount": login, "cachedUsageUtilization": cached, **more}).encode()


def readings(**answer: Any) -> list[tuple[str, float, int | None]]:
    found = [one.reading for one in parse_account(file(answer)).readings]
    assert {("account", NOON)} >= {(reading.source, reading.observed_at) for reading in found}
    return [(reading.window, reading.utilization, reading.resets_at) for reading in found]


def flat(percent: Any, resets_at: Any = ISO) -> dict[str, Any]:
    return {"utilization": percent, "resets_at": resets_at, "limit_dollars": None, "locked_reason": None}


def limit(kind: Any, percent: Any, *, model: Any = None, surface: Any = None, **more: Any) -> dict[str, Any]:
    scope = {"model": {"id": None, "display_name": model} if model is not None else None, "surface": surface}
    return {"kind": kind, "percent": percent, "resets_at": ISO, "severity": "normal", "scope": scope, **more}


WINDOWS = [
    pytest.param({"five_hour": flat(55)}, [("five_hour", 0.55, RESET)], id="a window with a key of its own"),
    pytest.param({"seven_day_opus": None, "seven_day": flat(7.5)}, [("seven_day", 0.075, RESET)], id="null"),
    pytest.param({"nimbus_quill": flat(3)}, [("nimbus_quill", 0.03, RESET)], id="a window we do not know"),
    pytest.param({"five_hour": flat(0, None)}, [("five_hour", 0.0, None)], id="one that has not started"),
    pytest.param(
        {"limits": [limit("session", 37), limit("weekly_all", 39), limit("weekly_scoped", 69, model="Fable")]},
        [("five_hour", 0.37, RESET), ("seven_day", 0.39, RESET), ("seven_day_fable", 0.69, RESET)],
        id="listed ones",
    ),
    pytest.param(
        {"limits": [limit("weekly_scoped", 5, model="Claude Saga 2"), limit("weekly_scoped", 6, surface="Cowork")]},
        [("seven_day_saga", 0.05, RESET), ("seven_day_cowork", 0.06, RESET)],
        id="of one model, of one surface",
    ),
    pytest.param(
        {"limits": [limit("weekly_scoped", 6, surface={"id": None, "display_name": "Claude Code"})]},
        [("seven_day_claude_code", 0.06, RESET)],
        id="a surface as an object",
    ),
    pytest.param({"limits": [limit("weekly_scoped", 6)]}, [("weekly_scoped", 0.06, RESET)], id="of nothing named"),
    pytest.param({"limits": [limit("monthly_meter", 6)]}, [("monthly_meter", 0.06, RESET)], id="a kind we do not know"),
    pytest.param(
        {"five_hour": flat(10), "seven_day": flat(20), "limits": [limit("session", 11)]},
        [("five_hour", 0.11, RESET), ("seven_day", 0.2, RESET)],
        id="listed beats its own key",
    ),
    pytest.param(
        {"five_hour": flat(10), "limits": [limit("session", None), 7, None, limit("x" * 41, 1), limit("A b", 1)]},
        [("five_hour", 0.1, RESET)],
        id="one broken entry costs no other",
    ),
    pytest.param({ORG: flat(1), ORG.replace("-", "_"): flat(2), "seven_day": flat(3)}, [("seven_day", 0.03, RESET)],
                 id="an id is no window"),
    pytest.param({"limits": [limit("weekly_scoped", 3, model=name, surface=place) for name, place in (
        ("model@navy.example", None), (ORG, None), (None, "model@navy.example"), (None, ORG))]},
                 [("weekly_scoped", 0.03, RESET)],
                 id="an id or an address names no model and no surface"),
    pytest.param({"limits": {"kind": "session"}, "seven_day_breakdown": flat(9)}, [], id="no windows"),
    pytest.param({"five_hour": flat(102)}, [], id="102 is a known bug"),
    pytest.param({"five_hour": flat(True)}, [], id="true is no share"),
]  # fmt: skip


@pytest.mark.parametrize(("answer", "expected"), WINDOWS)
def test_windows(answer: dict[str, Any], expected: list[tuple[str, float, int | None]]) -> None:
    assert expected == readings(**answer)


def test_a_session_window_that_is_not_active_binds_nothing() -> None:
    limits = [limit("session", 9, is_active=False), limit("weekly_all", 9, is_active=False)]
    binding = {one.reading.window: one.reading.binds for one in parse_account(file({"limits": limits})).readings}
    assert {"five_hour": False, "seven_day": True} == binding
    (active,) = parse_account(file({"limits": [limit("session", 9, is_active=True)]})).readings
    assert active.reading.binds


def test_an_answer_is_of_the_account_that_it_names() -> None:
    """Its organization is not said: the login may be to another one of the same person since."""

    def origin(**values: Any) -> Origin:
        (found,) = parse_account(file({"five_hour": flat(1)}, **values), "/home/me/.claude").readings
        return found.origin

    assert Origin(owner_of(None, ME), "/home/me/.claude") == origin()
    assert Origin(owner_of(None, "other"), "/home/me/.claude") == origin(account="other")
    assert Origin(NOBODY, "/home/me/.claude") == origin(account=None)
    assert Origin(owner_of(None, ME), "/home/me/.claude") == origin(login=None)
    assert Origin(owner_of(None, ME), "/home/me/.claude") == origin(login=["x"])


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        pytest.param(
            file(), FolderAccount("/f", owner_of(MINE, ME), "default_claude_max_5x", proven=NOON), id="everything"
        ),
        pytest.param(
            file(account="other"), FolderAccount("/f", owner_of(MINE, ME), "default_claude_max_5x"), id="a new login"
        ),
        pytest.param(
            file(login={"accountUuid": ME, "organizationType": "team"}),
            FolderAccount("/f", owner_of(None, ME), "team", proven=NOON),
            id="no organization, no tier",
        ),
        pytest.param(
            file(login=LOGIN | {"organizationRateLimitTier": "me@example.org", "organizationType": None}),
            FolderAccount("/f", owner_of(MINE, ME), None, proven=NOON),
            id="a tier that is none",
        ),
        pytest.param(
            file(login=LOGIN | {"organizationRateLimitTier": ORG, "organizationType": "tier@navy.example"}),
            FolderAccount("/f", owner_of(MINE, ME), None, proven=NOON),
            id="an id, an address",
        ),
        pytest.param(
            file(login=LOGIN | {"organizationRateLimitTier": ORG.replace("-", "_"), "organizationType": "team"}),
            FolderAccount("/f", owner_of(MINE, ME), "team", proven=NOON),
            id="an id in other signs",
        ),
        pytest.param(
            file(login=LOGIN | {"organizationRateLimitTier": "x" * 61, "organizationType": "x" * 60}),
            FolderAccount("/f", owner_of(MINE, ME), "x" * 60, proven=NOON),
            id="too long",
        ),
        pytest.param(file(login=None), FolderAccount("/f", NOBODY), id="logged out"),
        pytest.param(b"{}", FolderAccount("/f", NOBODY), id="never logged in"),
        pytest.param(file(login=7), FolderAccount("/f", NOBODY), id="no login"),
        pytest.param(file(login={"accountUuid": 7, "organizationUuid": ""}), FolderAccount("/f", NOBODY), id="no ids"),
        pytest.param(
            json.dumps({"oauthAccount": {"accountUuid": ME}, "cachedUsageUtilization": [1]}).encode(),
            FolderAccount("/f", owner_of(None, ME)),
            id="no answer",
        ),
        pytest.param(file(at="x"), FolderAccount("/f", owner_of(MINE, ME), "default_claude_max_5x"), id="no time"),
    ],
)
def test_whose_folder_it_is(content: bytes, expected: FolderAccount) -> None:
    assert expected == parse_folder_account(content, "/f")


def minor(amount: Any, currency: Any = "EUR", exponent: Any = 2) -> dict[str, Any]:
    return {"amount_minor": amount, "currency": currency, "exponent": exponent}


EXTRA = {"is_enabled": True, "monthly_limit": 5_000, "used_credits": 1_234, "utilization": 24.68, "currency": "EUR",
         "decimal_places": 2}  # fmt: skip
SPEND = {"enabled": True, "used": minor(1_234), "limit": minor(5_000), "percent": 25}
PAID = [
    pytest.param({"extra_usage": EXTRA}, ("EUR", 12.34, 50.0), 0.2468, id="older"),
    pytest.param({"extra_usage": EXTRA, "spend": SPEND}, ("EUR", 12.34, 50.0), 0.25, id="newer, said twice"),
    pytest.param({"extra_usage": EXTRA, "spend": {}}, ("EUR", 12.34, 50.0), 0.2468, id="nothing under the newer key"),
    pytest.param({"spend": SPEND | {"limit": None, "percent": None}}, ("EUR", 12.34, None), None, id="no limit"),
    pytest.param({"spend": SPEND | {"limit": minor(1, "USD")}}, ("EUR", 12.34, None), 0.25, id="two currencies"),
    pytest.param({"extra_usage": EXTRA | {"currency": "JPY", "decimal_places": 0}}, ("JPY", 1_234, 5_000), 0.2468,
                 id="a currency without cents"),
    pytest.param({"extra_usage": {"used_credits": 250}}, ("USD", 2.5, None), None, id="neither currency nor places"),
    pytest.param({"extra_usage": EXTRA | {"currency": "credits"}}, ("USD", 12.34, 50.0), 0.2468, id="no currency"),
    pytest.param({"extra_usage": EXTRA | {"utilization": 130}}, ("EUR", 12.34, 50.0), 1.3, id="above the limit"),
    pytest.param({"extra_usage": EXTRA | {"decimal_places": 99}}, None, 0.2468, id="a scale that is none"),
    pytest.param({"extra_usage": EXTRA | {"used_credits": "12"}}, None, 0.2468, id="no amount"),
    pytest.param({"extra_usage": {"is_enabled": False, "monthly_limit": None, "used_credits": None}}, None, None,
                 id="off"),
    pytest.param({"spend": {"enabled": False, "used": minor(0), "percent": 0}}, None, None, id="off and unused"),
    pytest.param({"spend": SPEND | {"enabled": False}}, ("EUR", 12.34, 50.0), 0.25, id="off, but used"),
    pytest.param({"extra_usage": [EXTRA], "spend": "x"}, None, None, id="other types"),
]  # fmt: skip


@pytest.mark.parametrize(("answer", "used", "share"), PAID)
def test_paid_use(answer: dict[str, Any], used: tuple[str, float, float | None] | None, share: float | None) -> None:
    report = parse_account(file(answer), "/f")
    origin = Origin(owner_of(None, ME), "/f")
    assert ([Credits(NOON, *used, origin)] if used is not None else []) == report.credits
    assert ([Reading("spend", "account", NOON, share)] if share is not None else []) == [
        one.reading for one in report.readings
    ]


def test_the_reset_of_spending_may_be_a_month_away() -> None:
    at = NOON + 30 * DAY
    (found,) = parse_account(file({"spend": SPEND | {"resets_at": at // 1000}})).readings
    assert at == found.reading.resets_at


def test_the_week_by_surface() -> None:
    rows = [
        {"key": "claude_code", "display_name": "Claude Code", "percent": 61},
        {"key": "chat", "display_name": "Chats", "percent": 20.5},
        {"key": "moonfall", "display_name": "Moonfall", "percent": 3},
        {"display_name": "me@example.org", "percent": 4},
        {"key": "cowork", "percent": "x"},
        None,
    ]
    origin = Origin(owner_of(None, ME), "/f")
    assert [
        SurfaceShare(NOON, "claude_code", 0.61, origin),
        SurfaceShare(NOON, "chat", 0.205, origin),
        SurfaceShare(NOON, "other", 0.07, origin),
    ] == parse_account(file({"seven_day_breakdown": {"as_of": ISO, "rows": rows}}), "/f").surfaces


@pytest.mark.parametrize("content", [b'{"numStartups":3}', b'{"cachedUsageUtilization":null}', file(at=1e25)])
def test_no_answer(content: bytes) -> None:
    assert LimitReport() == parse_account(content)


@pytest.mark.parametrize("content", [b"", b"[]", b"{", file(at="x"), b'{"cachedUsageUtilization":7}', b"\xff"])
def test_garbage_raises(content: bytes) -> None:
    with pytest.raises((msgspec.DecodeError, UnicodeDecodeError)):
        parse_account(content)


def test_nothing_else_of_the_file_is_kept() -> None:
    secrets = ("sk-ant-1", "me@example.org", ME, MINE)
    content = file({"five_hour": flat(1), "spend": SPEND}, primaryApiKey="sk-ant-1")
    kept = msgspec.json.encode((parse_account(content, "/f"), parse_folder_account(content, "/f")))
    assert [] == [secret for secret in secrets if secret.encode() in kept]


def test_the_files_of_the_public_reports() -> None:
    cases = shared_dir() / "cases"
    (found,) = (parse_account((cases / "limits-array" / "claude" / ".claude.json").read_bytes()),)
    assert {"five_hour": 0.44, "seven_day": 0.41} == {
        one.reading.window: one.reading.utilization for one in found.readings
    }
    work, home = ((cases / "two-accounts" / name / ".claude.json").read_bytes() for name in ("work", "home"))
    shares = {
        one.origin.owner: one.reading.utilization
        for content in (work, home)
        for one in parse_account(content).readings
        if one.reading.window == "five_hour"
    }
    owners = [owner_of(None, json.loads(content)["oauthAccount"]["accountUuid"]) for content in (work, home)]
    assert dict(zip(owners, (0.8, 0.1), strict=True)) == shares
