"""On what file system a folder is."""

from __future__ import annotations

import os
from pathlib import Path

NETWORK_FILESYSTEMS = frozenset(
    ("nfs", "nfs4", "cifs", "smb", "smb2", "smb3", "smbfs", "afpfs", "webdav", "davfs", "9p", "v9fs", "drvfs", "ceph",
     "glusterfs", "lustre", "beegfs", "afs", "ncpfs", "virtiofs", "vboxsf", "fuse.sshfs", "fuse.rclone", "fuse.s3fs",
     "fuse.glusterfs", "fuse.davfs", "fuse.gvfsd-fuse"),
)  # fmt: skip
"""Also those of a host that a virtual machine sees, such as Windows' drives in WSL: changes that are made elsewhere are
not reported, and SQLite's locks and shared memory do not reach over them.
"""


def filesystem_of(folder: Path) -> str | None:
    """The type of the file system with the longest mount point above the folder; None if it is not known."""
    import psutil

    try:
        partitions = psutil.disk_partitions(all=True)
    except (OSError, psutil.Error):
        return None
    real = Path(os.path.realpath(folder))
    above = [one for one in partitions if one.fstype and real.is_relative_to(one.mountpoint)]
    return max(above, key=lambda one: len(one.mountpoint)).fstype if above else None


def is_remote(folder: Path) -> bool:
    """Whether others change it without a report here."""
    return (filesystem_of(folder) or "").lower() in NETWORK_FILESYSTEMS
