"""The options of publishing, and the targets they configure. Secrets are never options: see `secrets`."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

import click

from exporter.cli.options.addresses import require_safe_url
from exporter.cli.options.common import add_options
from exporter.cli.options.secrets import NETLIFY_TOKEN, WEBHOOK_SECRET, Secret
from exporter.cli.options.types import UserPath
from exporter.domain.calendar.timestamp import MINUTE
from exporter.domain.sync import PRIVACY

F = TypeVar("F", bound=Callable[..., Any])
NETLIFY_API = "https://api.netlify.com/api/v1"


class SyncSettings(NamedTuple):
    """Where to publish; nowhere without a site and a URL. `every`: ms between two pushes at the most."""

    site: str | None
    token: Secret
    api: str
    url: str | None
    secret: Secret
    privacy: str
    every: int

    @property
    def targets(self) -> Sequence[str]:
        named = {"netlify": self.site, "webhook": self.url}
        return [target for target, value in named.items() if value]


_OPTIONS = (
    click.option(
        "--netlify-site",
        metavar="ID",
        envvar="CLAUDE_TRACKER_NETLIFY_SITE",
        show_default="none",
        help="ID of the Netlify site on which to publish the dashboard.",
    ),
    click.option(
        "--netlify-token-file",
        type=UserPath(dir_okay=False, path_type=Path),
        envvar="CLAUDE_TRACKER_NETLIFY_TOKEN_FILE",
        show_default="none",
        help=f"File with the token that only you can read. Not needed if ${NETLIFY_TOKEN} is set.",
    ),
    click.option(
        "--netlify-api",
        metavar="URL",
        default=NETLIFY_API,
        show_default=True,
        envvar="CLAUDE_TRACKER_NETLIFY_API",
        help="Base URL of Netlify's API.",
    ),
    click.option(
        "--webhook-url",
        metavar="URL",
        envvar="CLAUDE_TRACKER_WEBHOOK_URL",
        show_default="none",
        help="Your own URL to which the same data is posted.",
    ),
    click.option(
        "--webhook-secret-file",
        type=UserPath(dir_okay=False, path_type=Path),
        envvar="CLAUDE_TRACKER_WEBHOOK_SECRET_FILE",
        show_default="none",
        help=f"File with the signing secret that only you can read. Not needed if ${WEBHOOK_SECRET} is set.",
    ),
    click.option(
        "--privacy",
        type=click.Choice(PRIVACY),
        default=PRIVACY[0],
        show_default=True,
        envvar="CLAUDE_TRACKER_PRIVACY",
        help="How much is sent: no project names, with project names, or everything.",
    ),
    click.option(
        "--sync-minutes",
        type=click.FloatRange(1, 1440),
        default=5.0,
        show_default=True,
        envvar="CLAUDE_TRACKER_SYNC_MINUTES",
        help="Minimum time between two syncs. The end of a block and a limit reached are sent within seconds.",
    ),
)


def sync_options(command: F) -> F:
    """Where to publish, as the parameter `sync_settings`."""

    @functools.wraps(command)
    def decorated_command(
        *arguments: Any,
        netlify_site: str | None,
        netlify_token_file: Path | None,
        netlify_api: str,
        webhook_url: str | None,
        webhook_secret_file: Path | None,
        privacy: str,
        sync_minutes: float,
        **named: Any,
    ) -> Any:
        sync_settings = SyncSettings(
            netlify_site or None,
            Secret(NETLIFY_TOKEN, netlify_token_file),
            require_safe_url("--netlify-api", netlify_api).rstrip("/"),
            require_safe_url("--webhook-url", webhook_url) if webhook_url else None,
            Secret(WEBHOOK_SECRET, webhook_secret_file),
            privacy,
            round(sync_minutes * MINUTE),
        )
        return command(*arguments, sync_settings=sync_settings, **named)

    decorated: F = add_options(decorated_command, *_OPTIONS)
    return decorated
