"""How the request of an answer is made, once its turn has come (see engine/answer.py: Plan)."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence

from chat import context
from chat.attachments import read_attachment
from chat.engine.room import Room
from chat.notes import note_text
from conversations.records import Lane
from providers.registry import Target
from providers.tokens import estimate_tokens
from providers.types import ChatRequest, Message, Params, Text

Prepare = Callable[[Target], Awaitable[ChatRequest]]

GO_ON = (
    "Your answer was cut off. Go on exactly where it stops, without repeating any of it and without a remark."
)


def for_lane(room: Room, user: str, lane: Lane, relayed: Sequence[str]) -> Prepare:
    """`relayed`: answers of the same turn that this lane is to see, as far as they exist by then."""

    async def prepare(target: Target) -> ChatRequest:
        return await build(room, user, lane, target, relayed)

    return prepare


def to_continue(room: Room, user: str, lane: Lane, text: str) -> Prepare:
    async def prepare(target: Target) -> ChatRequest:
        request = await build(room, user, lane, target, ())
        begun = [Message("assistant", (Text(text),))] if text else []
        return ChatRequest(
            request.model,
            [*request.messages, *begun, Message("user", (Text(GO_ON),))],
            system=request.system,
            params=request.params,
        )

    return prepare


async def build(room: Room, user: str, lane: Lane, target: Target, relayed: Sequence[str]) -> ChatRequest:
    params = merged(target.defaults, lane)
    system = lane.get("system") or target.system
    window = params.context_length or (target.info.context_length if target.info else None)
    reserved = (params.max_tokens or 0) + estimate_tokens(system)
    tree = room.file.tree
    seen = [answer for answer in relayed if answer in tree.messages]
    made = await asyncio.to_thread(
        context.build,
        tree,
        room.file.messages,
        read_attachment,
        user=user,
        lane=lane,
        history=tree.settings.get("history", "own"),
        window=window,
        reserved=reserved,
        relayed=seen,
    )
    if made.dropped:
        room.note("history_cut", note_text("history_cut", {}), dropped=made.dropped)
    return ChatRequest(target.model, made.messages, system=system, params=params)


def merged(defaults: Params, lane: Lane) -> Params:
    """The lane's own parameters over the model's."""
    known = {name: value for name, value in lane.get("params", {}).items() if name in Params.__slots__}
    return Params(**{name: getattr(defaults, name) for name in Params.__slots__} | known)


async def text_of(room: Room, message: str) -> str:
    records = await asyncio.to_thread(room.file.messages, [message])
    return "".join(context.text_of(record) for record in records)
