"""Which tests run on one worker: those of a file, which share its browser and its servers."""

from __future__ import annotations

from xdist.scheduler import LoadScopeScheduling

ONE_SCOPE = {
    "tests/dashboards/test_alert_series.py": "dashboards",
    "tests/dashboards/test_demo.py": "dashboards",
    "tests/dashboards/test_drawing.py": "dashboards",
    "tests/dashboards/test_history.py": "dashboards",
    "tests/dashboards/test_options.py": "dashboards",
    "tests/dashboards/test_queries.py": "dashboards",
}
"""Files that share servers of the session."""


class FileScheduling(LoadScopeScheduling):  # type: ignore[misc]
    """Gives a worker one file after the other, in the order of collection."""

    def _split_scope(self, nodeid: str) -> str:
        file = nodeid.partition("::")[0]
        return ONE_SCOPE.get(file, file)
