"""Errors that the user can fix: one class per kind of failure, with its exit code."""

from __future__ import annotations


class TrackerError(Exception):
    """A failure with a message that says what to do. `exit_code`: of the command.

    `lines`: what follows the message, such as lines to add to a file by hand.
    """

    exit_code = 1

    def __init__(self, message: str, lines: str = "") -> None:
        super().__init__(message)
        self.lines = lines


class ConfigurationError(TrackerError):
    """An option, an environment variable or the configuration file has an invalid value."""

    exit_code = 2


class ClientError(TrackerError):
    """The installed Claude Code could not be asked, or did not answer; the message says what to do."""

    exit_code = 12


class ClientStopped(ClientError):
    """The installed Claude Code was ended before it answered, as the user or the tracker wanted."""


class FolderError(TrackerError):
    """A configured folder does not exist."""

    exit_code = 8


class LockedError(TrackerError):
    """Another process is updating the database; the message names it."""

    exit_code = 3


class DatabaseError(TrackerError):
    """The database cannot be opened, read or written."""

    exit_code = 4


class ReplacedError(DatabaseError):
    """Another file is at the database's path, or none. Nothing was written to it."""


class OverwrittenError(ReplacedError):
    """The open file has other content. SQLite cannot open it again in this process, which has to end."""


class DamagedError(DatabaseError):
    """The database is damaged, and marked so. Nothing was written to it."""


class ForeignDatabaseError(DatabaseError):
    """The file belongs to another program or to a newer claude-tracker. It was not touched."""

    exit_code = 5


class OlderDatabaseError(DatabaseError):
    """The database has the tables of an older version; opening it to write upgrades it."""


class AddressError(TrackerError):
    """The address to listen on is in use or not allowed."""

    exit_code = 6


class ReadError(TrackerError):
    """Some transcripts could not be read; what was committed before is kept."""

    exit_code = 7


class SettingsError(TrackerError):
    """Claude Code's settings were not changed; the message says how to do it by hand."""

    exit_code = 9


class TargetError(TrackerError):
    """A metrics store cannot be reached, or rejects the history."""

    exit_code = 10


class SyncError(TrackerError):
    """Publishing failed."""

    exit_code = 11


class NotRunningError(TrackerError):
    """No tracker runs that the command needs, or it does not end."""

    exit_code = 13


class ServiceError(TrackerError):
    """The platform's service cannot be installed or asked; the message says what to do."""

    exit_code = 14


class ExportError(TrackerError):
    """An export cannot be written, or read again."""

    exit_code = 15


class InstallationError(TrackerError):
    """An update, or going back from one, was not done; the version in use before is unchanged."""


def reason(error: BaseException) -> str:
    """What went wrong, for a message: without class, error number and path."""
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    if isinstance(error, UnicodeError):
        return "it is not valid UTF-8"
    if isinstance(error, RecursionError):
        return "it is nested too deeply"
    return str(error) or type(error).__name__
