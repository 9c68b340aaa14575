"""Search over titles and messages, and what the list can be narrowed by."""

from dataclasses import asdict
from datetime import UTC, datetime
from typing import Annotated, Any

from asgiref.sync import sync_to_async
from ninja import Query, Router, Schema

from chat.doors.rest import rows
from chat.doors.rest.request import ApiRequest
from chat.doors.rest.schemas import Found, Labels
from chat.engine import current_engine
from conversations.labels import labels
from conversations.search import Filters, Hit, search_messages
from core.times import timestamp

router = Router(tags=["conversations"])


class Narrowed(Schema):
    """`model`: a model ref or a part of one. `folder`: empty for what is in none. `since` and `until`: of the
    last message, `until` not included; without a zone, UTC."""

    model: str = ""
    since: datetime | None = None
    until: datetime | None = None
    folder: str | None = None
    tag: str = ""
    has_branches: bool = False
    has_attachments: bool = False

    def filters(self, archived: bool | None = None) -> Filters:
        given = self.model_dump()
        return Filters(**given | {name: zoned(given[name]) for name in ("since", "until")}, archived=archived)


def zoned(at: datetime | None) -> datetime | None:
    return at.replace(tzinfo=UTC) if at is not None and at.tzinfo is None else at


@router.get("/search", response=Found)
async def search(
    request: ApiRequest,
    narrowed: Query[Narrowed],
    q: str,
    archived: bool | None = None,
    limit: Annotated[int, Query(ge=1, le=100)] = 30,
) -> Any:
    """Messages and titles with all words of `q`, the newest first. `marks`: where in `snippet` they stand.
    Quotes mean words side by side; other words may go on. `archived`: only those, or none of those."""
    engine = current_engine()
    await engine.file_watch.looked()
    await engine.index.settled()
    hits = await sync_to_async(search_messages)(
        engine.store, request.auth.owner_id, q, filters=narrowed.filters(archived), limit=limit
    )
    return {"hits": [of_hit(hit) for hit in hits]}


def of_hit(hit: Hit) -> dict[str, Any]:
    return {
        "conversation": rows.of(hit.conversation),
        "message": hit.message,
        "role": hit.role,
        "at": timestamp(hit.at),
        "snippet": hit.snippet,
        "marks": hit.marks,
    }


@router.get("/labels", response=Labels)
async def folders_and_tags(request: ApiRequest) -> Any:
    """Of the conversations that are not archived, with how many have each."""
    await current_engine().index.settled()
    return asdict(await sync_to_async(labels)(request.auth.owner_id))
