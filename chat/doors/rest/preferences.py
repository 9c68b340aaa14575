"""`/api/preferences`: how a person has set the page, on all of their devices."""

from typing import Any

from channels.db import database_sync_to_async
from ninja import Router, Status

from chat.actions.preferences import PreferencesChange, change_preferences, preferences_of
from chat.doors.rest.request import ApiRequest

router = Router(tags=["preferences"])


@router.get("", response=dict[str, Any])
async def own_preferences(request: ApiRequest) -> Any:
    """What is set, and nothing of what is not; the values that `PATCH` takes."""
    return await database_sync_to_async(preferences_of, thread_sensitive=False)(request.auth.owner_id)


@router.patch("", response={200: dict[str, Any]})
async def change_own_preferences(request: ApiRequest, body: PreferencesChange) -> Any:
    changed = await database_sync_to_async(change_preferences, thread_sensitive=False)(request.auth, body)
    return Status(200, changed)
