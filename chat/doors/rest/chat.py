"""What is no resource: commands, and stopping an answer."""

from typing import Any

from ninja import Body, Router, Status

from chat import dialogue
from chat.actions import sending
from chat.doors import dispatch
from chat.doors.rest.request import ApiRequest
from chat.doors.rest.responses import ASKS
from chat.protocol import commands
from providers.rest.schemas import ErrorOut

router = Router(tags=["chat"])


@router.post("/commands", response={200: dict[str, Any], 404: ErrorOut, **ASKS})
async def command(request: ApiRequest, fields: Body[dict[str, Any]]) -> Any:
    """Any command of the socket but `open`, `close` and `watch`, for clients without one; gives its `ack`."""
    parsed = dispatch.parse(fields)
    return {"type": "ack", "ref": parsed.ref, **await dispatch.act(request.auth, parsed)}


@router.post("/multi-model", response={201: dict[str, Any], 404: ErrorOut, **ASKS})
async def multi_model(request: ApiRequest, body: commands.Dialogue) -> Any:
    """`dialogue`: models talk with each other, whether a page is open or not."""
    return Status(201, await dialogue.begin(request.auth, body))


@router.post("/cancel/{message}", response=dict[str, Any])
async def cancel(request: ApiRequest, message: str) -> Any:
    """`stop`, by the id alone: of an answer, or of the message whose answers are to stop."""
    return await sending.cancel(request.auth, message)
