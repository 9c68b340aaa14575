"""Who looks at models, by user name: what `registry.resolve` and the lists ask for."""

from channels.db import database_sync_to_async
from django.contrib.auth import get_user_model

from providers.catalogue.listing import Viewer
from providers.configuration import rows


async def viewer_for(username: str) -> Viewer:
    """Asks the database only where some model is not for everyone."""
    known = await rows.rows()
    if all(row.visibility == "everyone" for row in known.models.values()):
        return Viewer()
    viewer: Viewer = await database_sync_to_async(_read, thread_sensitive=False)(username)
    return viewer


def _read(username: str) -> Viewer:
    user = get_user_model().objects.filter(username=username, is_active=True).first()
    if user is None:
        return Viewer()
    groups = frozenset(user.groups.values_list("name", flat=True))
    return Viewer(staff=user.is_staff, groups=groups)
