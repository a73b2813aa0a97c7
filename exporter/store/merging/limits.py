"""Merges what the service said of limits: readings, limits reached and raised, credits, and the week by surface."""

from __future__ import annotations

import sqlite3

from exporter.domain.limits.hit import Hit
from exporter.domain.usage.totals import HIT_FAMILIES
from exporter.store.limits import hits
from exporter.store.usage import labels, totals

_OF_ACCOUNT = "JOIN temp.merged_accounts a ON a.theirs = r.account"
# A row of one source and time is the same report in both databases.
_SAME = "o.account = a.ours AND o.window = r.window AND o.source = r.source AND o.observed_at = r.observed_at"
_READINGS = (
    f"""
UPDATE tracker_readings AS o SET last_at = r.last_at FROM source.tracker_readings r {_OF_ACCOUNT}
WHERE {_SAME} AND o.utilization = r.utilization AND o.resets_at IS r.resets_at AND r.last_at > o.last_at
""",
    f"""
INSERT INTO tracker_readings
    (account, window, source, observed_at, last_at, utilization, resets_at, used, begun_at, binds)
SELECT a.ours, r.window, r.source, r.observed_at, r.last_at, r.utilization, r.resets_at, r.used, r.begun_at, r.binds
FROM source.tracker_readings r {_OF_ACCOUNT}
WHERE NOT EXISTS (SELECT 1 FROM main.tracker_readings o WHERE {_SAME}) ORDER BY r.id
""",
    f"""
INSERT INTO tracker_last_readings (account, window, source, last_at, utilization, resets_at, binds)
SELECT a.ours, r.window, r.source, r.last_at, r.utilization, r.resets_at, r.binds
FROM source.tracker_last_readings r {_OF_ACCOUNT} WHERE true
ON CONFLICT DO UPDATE SET last_at = excluded.last_at, utilization = excluded.utilization,
    resets_at = excluded.resets_at, binds = excluded.binds WHERE excluded.last_at > last_at
""",
    f"""
INSERT INTO tracker_limit_raises (account, window, at, resets_at, before, after, source)
SELECT a.ours, r.window, r.at, r.resets_at, r.before, r.after, r.source
FROM source.tracker_limit_raises r {_OF_ACCOUNT}
WHERE NOT EXISTS (
    SELECT 1 FROM main.tracker_limit_raises o WHERE o.account = a.ours AND o.window = r.window AND o.at = r.at)
""",
    f"""
INSERT INTO tracker_credits (account, currency, observed_at, used, max)
SELECT a.ours, r.currency, r.observed_at, r.used, r.max FROM source.tracker_credits r {_OF_ACCOUNT} WHERE true
ON CONFLICT DO UPDATE SET observed_at = excluded.observed_at, used = excluded.used, max = excluded.max
WHERE excluded.observed_at > observed_at
""",
    # A newer report replaces the week of its account.
    f"""
DELETE FROM tracker_surfaces AS o WHERE observed_at < (
    SELECT max(r.observed_at) FROM source.tracker_surfaces r {_OF_ACCOUNT} WHERE a.ours = o.account)
""",
    f"""
INSERT INTO tracker_surfaces (account, surface, observed_at, share)
SELECT a.ours, r.surface, r.observed_at, r.share FROM source.tracker_surfaces r {_OF_ACCOUNT}
WHERE NOT EXISTS (SELECT 1 FROM main.tracker_surfaces o WHERE o.account = a.ours)
""",
)
_WINDOWS = f"""
SELECT a.ours, r.window FROM source.tracker_readings r {_OF_ACCOUNT}
UNION SELECT a.ours, r.window FROM source.tracker_limit_hits r {_OF_ACCOUNT} ORDER BY 1, 2
"""
_HITS = f"""
SELECT r.window, coalesce(p.at, r.at), r.resets_at, r.source, a.ours, r.is_overage
FROM source.tracker_limit_hits r {_OF_ACCOUNT} LEFT JOIN source.tracker_limit_reports p ON p.hit = r.id
ORDER BY 2, r.id
"""


def merge_limits(connection: sqlite3.Connection, first_seen_at: int) -> None:
    """Merge all of it, in the caller's transaction, who derives all data again. `first_seen_at`: of new label sets."""
    for account, window in connection.execute(_WINDOWS).fetchall():
        label_set = labels.limit_labels(connection, account, window)
        totals.add(connection, {(family, label_set): 0 for family in HIT_FAMILIES}, first_seen_at)
    for statement in _READINGS:
        connection.execute(statement)
    found = connection.execute(_HITS).fetchall()
    hits.save_hits(
        connection,
        [
            Hit(window, at, resets_at, source, account=account, is_overage=bool(is_overage))
            for window, at, resets_at, source, account, is_overage in found
        ],
        first_seen_at,
    )
