"""Which of Alertmanager's alerts are sent: each once, and none that the tracker already sent itself."""

from __future__ import annotations

import msgspec
import pytest

from exporter.domain.calendar.timestamp import HOUR, MINUTE
from exporter.domain.notifications.alert import Alert, alert_notification, is_already_sent
from exporter.domain.notifications.warning import Notification, WarningKey
from support.snapshots import NOON

ALERT = Alert("f1", NOON, "warning", "5 hours: 81 % used", "19 % is left.", "usage_warning", "five_hour")
WAITING = msgspec.structs.replace(ALERT, kind="session_waiting", window=None)


def test_its_text_is_kept_up_to_a_maximum_length() -> None:
    long = msgspec.structs.replace(ALERT, title="t" * 999, text="x" * 9_999)
    notice = Notification(WarningKey("alert", "f1", NOON), "warning", "5 hours: 81 % used", "19 % is left.")
    assert notice == alert_notification(ALERT)
    assert "a  b" == alert_notification(msgspec.structs.replace(ALERT, text="a\n\0b")).text
    assert "Half" == str(alert_notification(msgspec.structs.replace(ALERT, title="Half", text="")))
    assert (200, 1_000) == (len(alert_notification(long).title), len(alert_notification(long).text))


@pytest.mark.parametrize(
    ("alert", "sent", "is_one"),
    [
        pytest.param(ALERT, [], False, id="nothing was sent"),
        pytest.param(ALERT, [WarningKey("alert", "f1", NOON)], True, id="it was sent since it started firing"),
        pytest.param(ALERT, [WarningKey("alert", "f1", NOON - HOUR)], False, id="it fires again"),
        pytest.param(
            ALERT, [WarningKey("alert", "f1", NOON + HOUR)], True, id="its start is reported earlier than before"
        ),
        pytest.param(ALERT, [WarningKey("alert", "f2", NOON)], False, id="another fires since then"),
        pytest.param(ALERT, [WarningKey("usage_warning", "five_hour", NOON + HOUR)], True, id="by a warning of ours"),
        pytest.param(ALERT, [WarningKey("usage_warning", "five_hour", NOON)], False, id="by one of the window before"),
        pytest.param(
            ALERT, [WarningKey("usage_warning", "seven_day", NOON + HOUR)], False, id="by one of another window"
        ),
        pytest.param(
            ALERT, [WarningKey("usage_critical", "five_hour", NOON + HOUR)], True, id="by a graver one of ours"
        ),
        pytest.param(ALERT, [WarningKey("limit_before_reset", "five_hour", NOON + HOUR)], False, id="another matter"),
        pytest.param(
            msgspec.structs.replace(ALERT, kind="usage_critical"),
            [WarningKey("usage_warning", "five_hour", NOON + HOUR)],
            False,
            id="the more severe is sent after the less severe",
        ),
        pytest.param(
            msgspec.structs.replace(ALERT, kind=None, window=None),
            [WarningKey("usage_warning", "five_hour", NOON + HOUR)],
            False,
            id="one about something the tracker never reports",
        ),
        pytest.param(
            msgspec.structs.replace(ALERT, kind="block_ending", window=None),
            [WarningKey("block_ending", "block", NOON + 10 * MINUTE)],
            True,
            id="the block's end",
        ),
        pytest.param(WAITING, [WarningKey("session_waiting", "s1", NOON - 10 * MINUTE)], True, id="a wait that lasts"),
        pytest.param(WAITING, [WarningKey("session_waiting", "s1", NOON - 2 * HOUR)], True, id="one that lasts long"),
        pytest.param(
            WAITING,
            [WarningKey("session_waiting", "s1", NOON - 2 * HOUR, is_withdrawn=True)],
            False,
            id="a wait that was over long before",
        ),
        pytest.param(
            WAITING,
            [WarningKey("session_waiting", "s1", NOON - 10 * MINUTE, is_withdrawn=True)],
            True,
            id="a wait that is over, of which the alert still tells",
        ),
    ],
)
def test_whether_it_was_sent(alert: Alert, sent: list[WarningKey], *, is_one: bool) -> None:
    assert is_one is is_already_sent(alert, sent, NOON)
