"""What can go wrong in a way the user can mend. One class a failure; message and exit code on the class."""

from __future__ import annotations


class TrackerError(Exception):
    """A failure with a message that says what to do. `exit_code` is what the command ends with."""

    exit_code = 1


class ConfigurationError(TrackerError):
    """A flag, an environment variable or the configuration file asks for what cannot be."""

    exit_code = 2


class FolderError(TrackerError):
    """A folder that is named is absent."""

    exit_code = 8


class LockedError(TrackerError):
    """Another process keeps the database up to date; the message names it."""

    exit_code = 3


class DatabaseError(TrackerError):
    """The database cannot be opened, read or written."""

    exit_code = 4


class ForeignDatabaseError(DatabaseError):
    """The file is another program's, or of a newer claude-tracker. It was not touched."""

    exit_code = 5


class AddressError(TrackerError):
    """The address to listen on is taken or not ours to take."""

    exit_code = 6


class ReadError(TrackerError):
    """Transcripts could not be read to the end; what was committed before is kept."""

    exit_code = 7


class SettingsError(TrackerError):
    """Claude Code's settings were not changed; what to put there was told."""

    exit_code = 9


class TargetError(TrackerError):
    """A store of metrics cannot be asked, or takes no history."""

    exit_code = 10


class SyncError(TrackerError):
    """What is known could not be sent."""

    exit_code = 11
