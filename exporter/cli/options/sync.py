"""The options of what is sent on, and the targets they make. Secrets are in no option: see `secrets`."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple, TypeVar
from urllib.parse import urlsplit

import click

from exporter.cli.options.secrets import NETLIFY_TOKEN, WEBHOOK_SECRET, Secret
from exporter.cli.options.types import UserPath
from exporter.domain.calendar.timestamp import MINUTE
from exporter.domain.sync import PRIVACY
from exporter.errors import ConfigurationError

F = TypeVar("F", bound=Callable[..., Any])
NETLIFY_API = "https://api.netlify.com/api/v1"


class Syncing(NamedTuple):
    """What is sent where; nothing where neither a site nor a URL is named. `every`: ms."""

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
        help="The id of your site at Netlify that the dashboard is published on. The token is in no option.",
    ),
    click.option(
        "--netlify-token-file",
        type=UserPath(dir_okay=False, path_type=Path),
        envvar="CLAUDE_TRACKER_NETLIFY_TOKEN_FILE",
        show_default="none",
        help=f"A file that only you can read, with the token; else ${NETLIFY_TOKEN} has it.",
    ),
    click.option(
        "--netlify-api",
        metavar="URL",
        default=NETLIFY_API,
        show_default=True,
        envvar="CLAUDE_TRACKER_NETLIFY_API",
        help="Where Netlify's API is.",
    ),
    click.option(
        "--webhook-url",
        metavar="URL",
        envvar="CLAUDE_TRACKER_WEBHOOK_URL",
        show_default="none",
        help="An address of yours that the same data is posted to.",
    ),
    click.option(
        "--webhook-secret-file",
        type=UserPath(dir_okay=False, path_type=Path),
        envvar="CLAUDE_TRACKER_WEBHOOK_SECRET_FILE",
        show_default="none",
        help=f"A file that only you can read, with the secret that signs it; else ${WEBHOOK_SECRET} has it.",
    ),
    click.option(
        "--privacy",
        type=click.Choice(PRIVACY),
        default=PRIVACY[0],
        show_default=True,
        envvar="CLAUDE_TRACKER_PRIVACY",
        help="How much is sent: no projects, names of projects, or everything.",
    ),
    click.option(
        "--sync-minutes",
        type=click.FloatRange(1, 1440),
        default=5.0,
        show_default=True,
        envvar="CLAUDE_TRACKER_SYNC_MINUTES",
        help="How often something that changed is sent at most; an end of a block or a limit at once.",
    ),
)


def sync_options(command: F) -> F:
    """What is sent where, as the parameter `syncing`."""

    @functools.wraps(command)
    def synced(
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
        syncing = Syncing(
            netlify_site or None,
            Secret(NETLIFY_TOKEN, netlify_token_file),
            _safe("--netlify-api", netlify_api).rstrip("/"),
            _safe("--webhook-url", webhook_url) if webhook_url else None,
            Secret(WEBHOOK_SECRET, webhook_secret_file),
            privacy,
            round(sync_minutes * MINUTE),
        )
        return command(*arguments, syncing=syncing, **named)

    decorated: Any = synced
    for option in reversed(_OPTIONS):
        decorated = option(decorated)
    made: F = decorated
    return made


def _safe(option: str, url: str) -> str:
    """Raises ConfigurationError for an address to which figures and tokens would go in the open."""
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError:
        host = None
    names_a_host = host and " " not in url and all(0 < len(label) < 64 for label in host.strip(".").split("."))
    is_here = host in ("127.0.0.1", "::1", "localhost")
    if names_a_host and (parts.scheme == "https" or (parts.scheme == "http" and is_here)):
        return url
    raise ConfigurationError(f"{option} has to be an https:// address (http:// only on this machine)")
