"""Backups: one consistent copy of an installation made while everything runs, and its return.

DIR/
    images/...                 files of the image store, shared by all snapshots: each is copied once
    2026-11-26T18-09-00Z/      a snapshot: database, keys, deployment, embedded chain
        manifest.json          what belongs to it, with the sha256 of everything
"""

from sebrus.platform.backup.make import Made, make_backup
from sebrus.platform.backup.manifest import BackupRefused
from sebrus.platform.backup.restore import Restored, restore_backup

__all__ = ["BackupRefused", "Made", "Restored", "make_backup", "restore_backup"]
