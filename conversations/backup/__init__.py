"""Everything that Divan keeps, in one zip, while the server runs; and back again, whole or not at all.

archive.py     the zip: files, and a manifest that tells the size and SHA-256 of each
rows.py        the database's own rows, in lines that any database takes
swap.py        what replaces several files and folders at once
restoring.py   from a zip to the data folder and the database
"""

from conversations.backup.archive import BackupError, write_backup
from conversations.backup.restoring import finish_interrupted_restore, restore_backup

__all__ = ["BackupError", "finish_interrupted_restore", "restore_backup", "write_backup"]
