"""What is no resource: commands, stopping an answer; and conversations under the name of sessions."""

from typing import Any

from ninja import Body, Router, Status

from chat import dialogue
from chat.actions import approval, stopping
from chat.doors import dispatch
from chat.doors.rest.conversations import NOTHING, make_conversation
from chat.doors.rest.conversations import conversation as read_conversation
from chat.doors.rest.request import ApiRequest
from chat.doors.rest.responses import ASKS, CHANGES, NAMES_MODELS
from chat.doors.rest.schemas import ConversationOut
from chat.protocol import commands

router = Router(tags=["chat"])


@router.post("/session", response={201: ConversationOut, **CHANGES, **NAMES_MODELS})
async def make_session(request: ApiRequest, body: commands.Beginning = NOTHING) -> Any:
    """`POST /api/conversations` by another name, for programs that call a conversation a session."""
    return await make_conversation(request, body)


@router.get("/session/{conversation}", response=ConversationOut)
async def session(request: ApiRequest, conversation: str) -> Any:
    """The same as `GET /api/conversations/{conversation}`."""
    return await read_conversation(request, conversation)


@router.post("/commands", response={200: dict[str, Any], **NAMES_MODELS, **ASKS})
async def command(request: ApiRequest, fields: Body[dict[str, Any]]) -> Any:
    """Any command of the socket but `open`, `close` and `watch`, for clients without one; gives its `ack`."""
    parsed = dispatch.parse(fields)
    return {"type": "ack", "ref": parsed.ref, **await dispatch.run_action(request.auth, parsed)}


@router.post("/multi-model", response={201: dict[str, Any], **NAMES_MODELS, **ASKS})
async def multi_model(request: ApiRequest, body: commands.Dialogue) -> Any:
    """`dialogue`: models talk with each other, whether a page is open or not."""
    return Status(201, await dialogue.begin_dialogue(request.auth, body))


@router.post("/approve", response={200: dict[str, Any], **NAMES_MODELS, **CHANGES})
async def approve(request: ApiRequest, body: commands.Approve) -> Any:
    """`approve`: what a person says of the calls for which an answer waits."""
    return await approval.approve(request.auth, body)


@router.post("/cancel/{message}", response=dict[str, Any])
async def cancel(request: ApiRequest, message: str) -> Any:
    """`stop`, by the id alone: of an answer, or of the message whose answers are to stop."""
    return await stopping.stop_answer(request.auth, message)
