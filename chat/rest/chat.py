"""What is no resource: commands, and stopping an answer."""

from typing import Any

from ninja import Body, Router

from chat import actions, dispatch
from chat.engine import engine
from chat.errors import NotFoundError
from chat.rest.request import ApiRequest

router = Router(tags=["chat"])


@router.post("/commands", response=dict[str, Any])
async def command(request: ApiRequest, fields: Body[dict[str, Any]]) -> Any:
    """Any command of the socket but `open`, `close` and `watch`, for clients without one; gives its `ack`."""
    parsed = dispatch.parse(fields)
    return {"type": "ack", "ref": parsed.ref, **await dispatch.act(request.auth, parsed)}


@router.post("/cancel/{message}", response=dict[str, Any])
async def cancel(request: ApiRequest, message: str) -> Any:
    """`stop`, by the answer's id alone."""
    answer = engine().answers.get(message)
    if answer is None or answer.record is not None or answer.room.owner != request.auth.username:
        raise NotFoundError(actions.NO_ANSWER)
    answer.stop()
    return {"conversation": answer.room.id, "message": message}
