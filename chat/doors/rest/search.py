"""Search over titles and messages, and what the list can be narrowed by."""

from dataclasses import asdict
from typing import Annotated, Any

from asgiref.sync import sync_to_async
from ninja import Query, Router

from chat.actions import folders
from chat.doors.rest import rows
from chat.doors.rest.request import ApiRequest
from chat.doors.rest.schemas import Found, Labels
from chat.engine import current_engine
from conversations.labels import list_labels
from conversations.search import Filters, MessageHit, search_messages
from core.times import timestamp

router = Router(tags=["conversations"])


@router.get("/search", response=Found)
async def search(
    request: ApiRequest,
    filters: Query[Filters],
    q: str,
    limit: Annotated[int, Query(ge=1, le=100)] = 30,
) -> Any:
    """Messages and titles with all words of `q`, the newest first. `marks`: where in `snippet` they stand.
    Quotes mean words side by side; other words may go on."""
    engine = current_engine()
    await engine.file_watch.wait_for_first_look()
    await engine.index.wait_until_written()
    hits = await sync_to_async(search_messages)(
        engine.store, request.auth.owner_id, q, filters=filters, limit=limit
    )
    return {"hits": [hit_json(hit) for hit in hits]}


def hit_json(hit: MessageHit) -> dict[str, Any]:
    return {
        "conversation": rows.conversation_row(hit.conversation),
        "message": hit.message,
        "role": hit.role,
        "at": timestamp(hit.at),
        "snippet": hit.snippet,
        "marks": hit.marks,
    }


@router.get("/labels", response=Labels, exclude_none=True)
async def folders_and_tags(request: ApiRequest) -> Any:
    """Of the conversations that are not archived, with how many have each; and projects without any."""
    await current_engine().index.wait_until_written()
    known = asdict(await sync_to_async(list_labels)(request.auth.owner_id))
    projects = await sync_to_async(folders.projects_of)(request.auth)
    counts = {label["name"]: label["count"] for label in known["folders"]}
    for name in projects.difference(counts):
        counts[name] = 0
    known["folders"] = [
        {"name": name, "count": count, "project": name in projects or None}
        for name, count in sorted(counts.items())
    ]
    return known
