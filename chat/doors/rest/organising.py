"""Many conversations at once, and the trash."""

import asyncio
from dataclasses import asdict
from typing import Annotated, Any

from ninja import Query, Router, Status

from chat.actions.bulk import Bulk, change_conversations
from chat.doors.rest.request import ApiRequest
from chat.doors.rest.schemas import Organised, Trash
from chat.engine import current_engine
from conversations.store.trash import Trashed, delete_trashed, list_trashed
from core.times import timestamp

router = Router(tags=["conversations"])


@router.post("/bulk", response=Organised)
async def change_many(request: ApiRequest, body: Bulk) -> Any:
    """Changes the settings of many, moves them to the trash or restores them. `failed` says of each that
    stayed as it was why."""
    await current_engine().index.wait_until_written()
    return asdict(await change_conversations(request.auth, body))


@router.get("/trash", response=Trash)
async def trash(request: ApiRequest, limit: Annotated[int, Query(ge=1, le=500)] = 200) -> Any:
    """What was deleted last comes first. `purged`: when it will be gone."""
    store = current_engine().store
    found = await asyncio.to_thread(list_trashed, store, request.auth.owner_id, limit)
    return {"conversations": [trashed_json(one) for one in found]}


def trashed_json(one: Trashed) -> dict[str, Any]:
    return {
        "id": one.id,
        "title": one.title,
        "deleted": timestamp(one.deleted),
        "purged": timestamp(one.purged),
    }


@router.delete("/trash", response={204: None})
async def empty_trash(request: ApiRequest) -> Any:
    """What this person deleted is gone for ever."""
    await asyncio.to_thread(delete_trashed, current_engine().store, request.auth.owner_id)
    return Status(204, None)


@router.delete("/trash/{conversation}", response={204: None})
async def purge(request: ApiRequest, conversation: str) -> Any:
    """Removes the conversation for ever."""
    await asyncio.to_thread(delete_trashed, current_engine().store, request.auth.owner_id, conversation)
    return Status(204, None)
