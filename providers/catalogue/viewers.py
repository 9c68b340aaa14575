"""The `Viewer` of an owner's id, which `registry.resolve` and the lists take."""

from collections.abc import Iterable
from itertools import chain

from channels.db import database_sync_to_async

from core.accounts import user_of
from providers.catalogue.listing import Limited, Viewer
from providers.configuration import rows


async def viewer_for(owner: str) -> Viewer:
    """Asks the database only where some server or model is not for everyone."""
    known = await rows.aget_rows()
    limited: Iterable[Limited] = chain(known.servers.values(), known.models.values())
    if all(row.visibility == "everyone" for row in limited):
        return Viewer()
    viewer: Viewer = await database_sync_to_async(read_viewer, thread_sensitive=False)(owner)
    return viewer


def read_viewer(owner: str) -> Viewer:
    """Reads from the database what a person may see."""
    user = user_of(owner)
    if user is None or not user.is_active:
        return Viewer()
    groups = frozenset(user.groups.values_list("name", flat=True))
    return Viewer(staff=user.is_staff, groups=groups)
