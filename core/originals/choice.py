"""Where originals are kept here. What the other places need (a database, a client) is imported where it is
used: a process that has none of it reads copies."""

import errno
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from django.conf import settings

from core.originals.base import Originals, OriginalsAwayError, OriginalsHome
from core.originals.folder import FolderOriginals
from core.originals.guarded import GuardedOriginals

if TYPE_CHECKING:
    from core.originals.bucket import BucketHome

ROWS = "postgresql"


def originals_in(data_dir: Path, place: str) -> Originals:
    """Those of a place, such as attachments: in that folder, or with copies there. Raises OriginalsAwayError
    where their home cannot be used at all."""
    home = home_of_all()
    folder = data_dir / place
    if home is None:
        return GuardedOriginals(FolderOriginals(folder))
    from core.originals.shared import SharedOriginals

    return GuardedOriginals(SharedOriginals(folder, home))


def home_of_all() -> OriginalsHome | None:
    """What all machines share; None where a folder is all there is."""
    if settings.FILES_URL:
        return bucket_at(settings.FILES_URL)
    if settings.STORE == ROWS:
        from core.originals.rows import RowHome

        return RowHome()
    return None


@lru_cache(maxsize=4)
def bucket_at(url: str) -> "BucketHome":
    """Raises OriginalsAwayError where it cannot be used at all."""
    from core.originals.bucket import BucketHome, parse_place

    try:
        return BucketHome(parse_place(url))
    except (ValueError, ImportError) as error:
        raise OriginalsAwayError(errno.EINVAL, str(error)) from error
