"""What makes a state worth a push at once."""

from __future__ import annotations

from exporter.publish.document import digest_state
from support.page_data import OTHER, at
from support.page_states import two_accounts


def test_a_lockout_of_any_account_is_part_of_the_digest() -> None:
    current = two_accounts()
    assert (f"{OTHER} seven_day {at(hours=2)}",) == digest_state(current).hits
    current["accounts"][1]["lockouts"] = []
    assert () == digest_state(current).hits


def test_a_window_of_any_account_changes_the_digest() -> None:
    current = two_accounts()
    before = digest_state(current).digest
    current["accounts"][1]["limits"][0]["forecast"]["chance_ratio"] = 0.7
    assert before == digest_state(current).digest, "the clock alone changes it"
    current["accounts"][1]["limits"][0]["utilization_ratio"] = 0.9
    assert before != digest_state(current).digest
