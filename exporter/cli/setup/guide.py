"""The guide through everything that can be set up."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from exporter.cli.output import count, say
from exporter.cli.setup import claude, skill, wsl
from exporter.cli.setup.places import record_of, service_of
from exporter.cli.setup.prompts import ask
from exporter.cli.wiring.folders import nothing_found_message, roots_of
from exporter.errors import TrackerError

Step = Callable[[], bool]
"""Makes one change; returns whether it is made."""


def guide(database: Path, settings: Path, config: Path | None, *, dry_run: bool, yes: bool) -> int:
    """Go through all parts. Returns the exit code: that of the first part that failed, else 0."""
    say(_found())
    record = record_of(database)

    def change(name: str) -> Step:
        return lambda: claude.change(name, database, settings, record, undo=False, dry_run=dry_run, yes=yes)

    steps: list[tuple[str, Step]] = [
        ("Status line: makes your official limits known", change("statusline")),
        ("Hook: reports limits that no transcript has", change("hooks")),
        (
            "Skill: Claude Code can answer how much is left",
            lambda: skill.change(settings, record, undo=False, dry_run=dry_run, yes=yes),
        ),
        ("Service: starts the tracker at each login", lambda: _service(database, dry_run=dry_run, yes=yes)),
        ("Notifications: a warning before a limit is reached", lambda: _notifications(dry_run=dry_run, yes=yes)),
        ("Prometheus and Grafana", _stack),
        ("Netlify: your dashboard on a site of your own", _netlify),
    ]
    if folders := wsl.windows_folders():
        title = "Windows: Claude's folder of the other side of this machine"
        steps.insert(0, (title, lambda: wsl.add_folders(folders, config, record, dry_run=dry_run, yes=yes)))
    code = 0
    for number, (title, step) in enumerate(steps, 1):
        say("")
        say(f"{number} of {len(steps)}  {title}")
        try:
            if not step():
                say("Skipped.")
        except TrackerError as error:
            say(f"Not done: {error}", err=True)
            code = code or error.exit_code
    say("")
    done = "Done, but for what is said above." if code else "Done."
    say("Dry run: nothing was changed." if dry_run else f"{done} `claude-tracker uninstall` undoes all of it.")
    return code


def _found() -> str:
    from exporter.ingest.transcripts.scan import scan

    roots = roots_of(())
    found = len(scan(roots(), {}).found)
    return f"Found {count(found, 'transcript')}." if found else nothing_found_message(roots)


def _service(database: Path, *, dry_run: bool, yes: bool) -> bool:
    from exporter.cli.setup import service

    return service.install(service_of(database), database, record_of(database), dry_run=dry_run, yes=yes)


def _notifications(*, dry_run: bool, yes: bool) -> bool:
    if dry_run:
        say("A test notification would be shown.")
        return True
    if not ask("Show a test notification?", "no notification was shown", yes=yes):
        return False
    show_test_notification()
    return True


def show_test_notification() -> None:
    """Show one on the desktop, if there is one, and say so."""
    from exporter.domain.notifications.warning import Notification, WarningKey
    from exporter.notifications.desktop import Desktop, has_desktop

    if not has_desktop():
        say("There is no desktop here: the tracker's notifications are only in its log.")
        return
    notice = Notification(
        WarningKey("block_ending", "test", 0), "info", "claude-tracker", "This is how a warning looks."
    )
    Desktop()(notice)
    say("A test notification was sent. If you saw none, allow notifications in the system's settings.")


def _stack() -> bool:
    say("`claude-tracker stack` runs both here; `claude-tracker prometheus -o DIR` and `claude-tracker grafana -o DIR`")
    say("write rules and dashboards for your own.")
    return True


def _netlify() -> bool:
    say("`claude-tracker setup netlify` asks for your site, and shows what would be sent.")
    return True
