"""Links by which others may read a conversation."""

from typing import Annotated, Any

from ninja import Router, Schema, Status
from pydantic import Field

from chat.doors.rest.request import ApiRequest
from chat.doors.rest.responses import CHANGES
from chat.doors.shares import links
from chat.models import Share
from core.schemas import Name, Strict
from core.times import timestamp

router = Router(tags=["shares"])


class NewShare(Strict):
    """`branch`: a named one; absent: what is shown. `later`: what is written from now on may be read too.
    `attachments`: files may be. `calls`: what tools were asked and gave may be. `days`: until the link ends;
    absent: it works until it is revoked."""

    branch: Name | None = None
    later: bool = False
    attachments: bool = False
    calls: bool = False
    days: Annotated[int, Field(ge=1, le=3_650)] | None = None


class ShareRow(Schema):
    """`hint`: how the link's token begins. Times in RFC 3339."""

    id: int
    hint: str
    branch: str | None
    later: bool
    attachments: bool
    calls: bool
    created: str
    expires: str | None


class MadeShare(ShareRow):
    """`path`: the link on this server. It is told here and never again."""

    path: str


class ShareList(Schema):
    shares: list[ShareRow]


def share_json(share: Share) -> dict[str, Any]:
    return {
        "id": share.pk,
        "hint": share.hint,
        "branch": share.branch or None,
        "later": share.messages is None,
        "attachments": share.attachments,
        "calls": share.calls,
        "created": timestamp(share.created),
        "expires": None if share.expires is None else timestamp(share.expires),
    }


@router.get("/{conversation}/shares", response=ShareList)
async def shares(request: ApiRequest, conversation: str) -> Any:
    """Links that still work, the newest first."""
    found = await links.links_of_conversation(request.auth, conversation)
    return {"shares": [share_json(share) for share in found]}


@router.post("/{conversation}/shares", response={201: MadeShare, **CHANGES})
async def make_share(request: ApiRequest, conversation: str, body: NewShare) -> Any:
    share, token = await links.make_link(request.auth, conversation, links.LinkOptions(**body.model_dump()))
    return Status(201, {**share_json(share), "path": f"/s/{token}"})


@router.delete("/{conversation}/shares/{share}", response={204: None})
async def revoke_share(request: ApiRequest, conversation: str, share: int) -> Any:
    """From now on the link leads nowhere."""
    await links.revoke_link(request.auth, conversation, share)
    return Status(204, None)
