"""How the request of an answer is made, once its turn has come (see engine/answer.py: Plan)."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace

from chat import context
from chat.attachments import read_attachment
from chat.engine.room import Room
from chat.passages import Passages
from conversations.records import AnswerHeader, Lane
from conversations.tree import Tree
from providers.registry import Target
from providers.tokens import estimate_tokens
from providers.types import ChatRequest, Message, Params, Text

Prepare = Callable[[Target], Awaitable[ChatRequest]]

GO_ON = (
    "Your answer was cut off. Go on exactly where it stops, without repeating any of it and without a remark."
)


@dataclass(frozen=True, slots=True)
class Asked:
    """What an answer answers: the `user` message, in a `lane` of a `room`. `relayed`: answers of the same
    turn that the lane is to see, as far as they exist by then."""

    room: Room
    user: str
    lane: Lane
    passages: Passages | None = None
    relayed: Sequence[str] = ()


def for_answer(asked: Asked, header: AnswerHeader) -> Prepare:
    async def prepare(target: Target) -> ChatRequest:
        return await build(asked, header, target)

    return prepare


def to_continue(asked: Asked, header: AnswerHeader, text: str) -> Prepare:
    async def prepare(target: Target) -> ChatRequest:
        request = await build(asked, header, target)
        begun = [Message("assistant", (Text(text),))] if text else []
        return replace(request, messages=[*request.messages, *begun, Message("user", (Text(GO_ON),))])

    return prepare


async def build(asked: Asked, header: AnswerHeader, target: Target) -> ChatRequest:
    room, tree = asked.room, asked.room.file.tree
    params = merged(target.defaults, asked.lane)
    system = asked.lane.get("system") or target.system
    if asked.passages is not None and (found := await asked.passages.get(header["id"])).sources:
        system = f"{system}\n\n{found.context_text}".strip()
        header["sources"] = found.sources
    window = target.connector.window(target.info, params)
    made = await asyncio.to_thread(
        context.build,
        tree,
        room.file.messages,
        read_attachment,
        user=asked.user,
        lane=asked.lane,
        history=tree.settings.get("history", "own"),
        window=window,
        reserved=(params.max_tokens or 0) + estimate_tokens(system),
        relayed=[answer for answer in asked.relayed if relayable(tree, answer)],
    )
    if made.dropped:
        room.note("history_cut", {"dropped": made.dropped}, message=header["id"])
    return ChatRequest(target.model, made.messages, system=system, params=params, streaming=target.streaming)


def relayable(tree: Tree, answer: str) -> bool:
    return answer in tree.messages and context.counts(tree, answer, chosen=None)


def merged(defaults: Params, lane: Lane) -> Params:
    """The lane's own parameters over the model's."""
    known = {name: value for name, value in lane.get("params", {}).items() if name in Params.__slots__}
    return Params(**{name: getattr(defaults, name) for name in Params.__slots__} | known)


async def text_of(room: Room, message: str) -> str:
    records = await asyncio.to_thread(room.file.messages, [message])
    return "".join(context.text_of(record) for record in records)
