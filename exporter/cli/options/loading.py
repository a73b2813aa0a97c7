"""Which options of `backfill` go together."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from exporter.errors import ConfigurationError


def check_options(
    load: str | None,
    data: Path | None,
    url: str | None,
    output: str | None,
    labels: dict[str, str],
    since: date | None,
    until: date | None,
    *,
    check: bool,
) -> None:
    """Raises ConfigurationError for options that cannot be combined."""
    from exporter.metrics.history_text import RESERVED

    if [load is not None, output is not None, check].count(True) != 1:
        raise ConfigurationError("choose one of --load, --output or --check")
    if load == "victoriametrics" and url is None:
        raise ConfigurationError("--load victoriametrics needs --url")
    if url is not None and load is None:
        raise ConfigurationError("--url needs --load")
    if url is not None and not url.startswith(("http://", "https://")):
        raise ConfigurationError(f"--url {url} is not a full URL; use a value such as http://127.0.0.1:8428")
    if data is not None and load != "prometheus":
        raise ConfigurationError("--data needs --load prometheus")
    if taken := sorted(RESERVED & labels.keys()):
        raise ConfigurationError(f"--label {taken[0]}: the series have a label of this name already; use another one")
    if since is not None and until is not None and until < since:
        raise ConfigurationError(f"--to {until} is before --from {since}")
    if output is not None and not Path(output).parent.is_dir():
        raise ConfigurationError(f"cannot write {output}: there is no folder {Path(output).parent}")
