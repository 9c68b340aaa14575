"""The mirror that this Divan was given."""

from django.conf import settings

from conversations.mirror.bucket import BucketCopies
from conversations.mirror.copies import Copies, FolderCopies
from conversations.mirror.mirror import Mirror
from conversations.store.choice import in_postgresql, rows_of_this_process
from core.originals.choice import bucket_at

FOLDER, LOCK = "mirror", ".mirroring"
"""In DATA_DIR."""


def current_mirror() -> Mirror | None:
    """None where none is wanted, or conversations are files anyway. Raises OSError where the bucket cannot
    be used at all."""
    if not (settings.MIRROR_FILES and in_postgresql()):
        return None
    rows = rows_of_this_process()
    folder = settings.DATA_DIR / FOLDER
    copies: Copies = FolderCopies(folder, settings.DATA_DIR / LOCK)
    if settings.FILES_URL:
        copies = BucketCopies(bucket_at(settings.FILES_URL), folder, rows.mirror_turn)
    return Mirror(rows, rows.changes, copies)
