"""From a parsed command to its action, for sockets and for `POST /api/chat/commands` alike."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _
from pydantic import ValidationError

from chat import dialogue
from chat.actions import branches, regeneration, sending, synthesis
from chat.engine import current_engine
from chat.engine.engine import Engine
from chat.engine.frames import frame
from chat.engine.reader import Reader
from chat.engine.room import Room
from chat.policy.access import User, access_conversation
from chat.policy.rate_limits import count_request
from chat.prompting import retrieval
from chat.protocol import commands
from chat.protocol.errors import InvalidError
from chat.protocol.reasons import field_sentence


class Session:
    """A connected client: its user, its reader, and the rooms that the reader follows."""

    def __init__(self, user: User, reader: Reader) -> None:
        self.user = user
        self.reader = reader
        self.rooms: dict[str, Room] = {}

    def leave_all(self, of: Engine) -> None:
        for room in self.rooms.values():
            room.leave(self.reader)
        of.unwatch(self.user.username, self.reader)


def parse(fields: Mapping[str, Any]) -> commands.AnyCommand:
    try:
        return commands.COMMANDS.validate_python(fields)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        raise InvalidError(field_sentence(first["loc"][1:] or ("type",), first)) from error


async def answer(session: Session, fields: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """The event that answers the command; None where it has been put already."""
    await count_request(session.user.username)
    command = parse(fields)
    match command:
        case commands.Open():
            await open_conversation(session, command)
            return None
        case commands.Close():
            if room := session.rooms.pop(command.conversation, None):
                room.leave(session.reader)
            done: Mapping[str, Any] = {"conversation": command.conversation}
        case commands.Watch():
            current_engine().watch(session.user.username, session.reader)
            done = {}
        case commands.Send():
            await send_and_follow(session, command)
            return None
        case _:
            done = await act(session.user, command)
    return {"type": "ack", "ref": command.ref, **done}


async def act(user: User, command: commands.AnyCommand) -> Mapping[str, Any]:
    """Carries out a command that needs no reader, and gives the fields of its `ack`."""
    action = ACTIONS.get(type(command))
    if action is None:
        raise InvalidError(_("This command needs a connection that stays open."))
    return await action(user, command)


async def send(user: User, command: commands.Send) -> Mapping[str, Any]:
    sent = await sending.send(user, command)
    return {"conversation": sent["room"].id, "message": sent["message"], "answers": sent["answers"]}


ACTIONS: Mapping[type[commands.Command], Callable[[User, Any], Awaitable[Mapping[str, Any]]]] = {
    commands.Send: send,
    commands.Dialogue: dialogue.begin,
    commands.Direct: dialogue.direct,
    commands.Stop: sending.stop,
    commands.Regenerate: regeneration.regenerate,
    commands.Synthesize: synthesis.synthesize,
    commands.Continue: regeneration.continue_answer,
    commands.Keep: sending.keep,
    commands.Branch: branches.branch,
    commands.Settings: sending.change_settings,
    commands.Fork: branches.fork,
    commands.Head: branches.choose_head,
    commands.Vote: sending.vote,
    commands.Delete: sending.delete,
}


async def open_conversation(session: Session, command: commands.Open) -> None:
    room = await access_conversation(session.user, command.conversation)
    session.rooms[room.id] = room
    await dialogue.rest_if_left(room)
    await room.open(session.reader, command.ref)
    retrieval.prepare_documents(room)


async def send_and_follow(session: Session, command: commands.Send) -> None:
    """The `ack` comes before the first event of a conversation that the client cannot know yet."""
    sent = await sending.send(session.user, command)
    room = sent["room"]
    ack = {
        "type": "ack",
        "ref": command.ref,
        "conversation": room.id,
        "message": sent["message"],
        "answers": sent["answers"],
    }
    session.reader.put(frame(ack))
    session.rooms[room.id] = room
    room.follow(session.reader, sent["began"])
