"""From a parsed command to its action, for sockets and for `POST /api/chat/commands` alike."""

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from importlib import import_module
from pkgutil import iter_modules
from typing import Any

from django.utils.translation import gettext_lazy as _
from pydantic import ValidationError

from chat import actions, dialogue
from chat.actions import sending
from chat.actions.registry import ACTIONS, Kind, handles
from chat.engine import current_engine
from chat.engine.engine import Engine
from chat.engine.frames import Frame, make_frame
from chat.engine.reader import Reader
from chat.engine.room import Room
from chat.engine.short_deltas import ShortDeltas
from chat.policy.access import User, access_conversation
from chat.prompting import retrieval
from chat.protocol import commands
from chat.protocol.errors import InvalidError
from chat.protocol.reasons import field_sentence, nearest_error

for module in iter_modules(actions.__path__, f"{actions.__name__}."):
    import_module(module.name)


class Session:
    """A connected client: its user, its reader, and the rooms that the reader follows. `short`: how it is
    told deltas, where it asked for short ones."""

    def __init__(self, user: User, reader: Reader) -> None:
        self.user = user
        self.reader = reader
        self.rooms: dict[str, Room] = {}
        self.short: ShortDeltas | None = None

    def write(self, frames: Sequence[Frame]) -> Iterable[str]:
        """The messages in which the client is told of `frames`."""
        return [item.body for item in frames] if self.short is None else self.short.write(frames)

    def leave_all(self, of: Engine) -> None:
        for room in self.rooms.values():
            room.leave(self.reader)
        of.activity.unwatch(self.user.owner_id, self.reader)


SessionAction = Callable[[Session, Kind], Awaitable[Mapping[str, Any] | None]]

SESSION_ACTIONS: dict[type[commands.Command], SessionAction[Any]] = {}
"""What a command does that has something to do with who reads along."""


def handles_on_socket(kind: type[Kind]) -> Callable[[SessionAction[Kind]], SessionAction[Kind]]:
    """The decorated function carries out this kind of command over a socket, in place of its action if it has
    one. It gives the fields of the `ack`, or None where it has put that itself."""

    def register(action: SessionAction[Kind]) -> SessionAction[Kind]:
        SESSION_ACTIONS[kind] = action
        return action

    return register


def parse(fields: Mapping[str, Any]) -> commands.Command:
    try:
        return commands.COMMANDS.validate_python(fields)
    except ValidationError as error:
        wrong = nearest_error(error.errors(include_url=False, include_input=False))
        raise InvalidError(field_sentence(wrong["loc"][1:] or ("type",), wrong)) from error


async def answer_command(session: Session, fields: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """The event that answers the command; None where it has been put already."""
    command = parse(fields)
    on_socket = SESSION_ACTIONS.get(type(command))
    done = await (on_socket(session, command) if on_socket else run_action(session.user, command))
    return None if done is None else {"type": "ack", "ref": command.ref, **done}


async def run_action(user: User, command: commands.Command) -> Mapping[str, Any]:
    """Carries out a command that needs no reader, and gives the fields of its `ack`."""
    action = ACTIONS.get(type(command))
    if action is None:
        raise InvalidError(_("This command needs a connection that stays open."))
    return await action(user, command)


@handles_on_socket(commands.Hello)
async def greet(session: Session, command: commands.Hello) -> dict[str, Any]:
    if command.deltas == "long":
        session.short = None
    elif session.short is None:
        session.short = ShortDeltas()
    return {}


@handles(commands.Send)
async def send(user: User, command: commands.Send) -> dict[str, Any]:
    return ack_fields(await sending.send(user, command))


@handles_on_socket(commands.Send)
async def send_and_follow(session: Session, command: commands.Send) -> None:
    """The `ack` comes before the first event of a conversation that the client cannot know yet."""
    sent = await sending.send(session.user, command)
    room = sent["room"]
    session.reader.put(make_frame({"type": "ack", "ref": command.ref, **ack_fields(sent)}))
    session.rooms[room.id] = room
    room.follow(session.reader, sent["began"])


def ack_fields(sent: sending.Sent) -> dict[str, Any]:
    return {"conversation": sent["room"].id, "message": sent["message"], "answers": sent["answers"]}


@handles_on_socket(commands.Open)
async def open_conversation(session: Session, command: commands.Open) -> None:
    """Opens it for this client. There is no `ack`: the snapshot answers."""
    room = await access_conversation(session.user, command.conversation, to_show=True)
    session.rooms[room.id] = room
    await dialogue.pause_if_abandoned(room)
    await room.open(session.reader, command.ref)
    retrieval.prepare_documents(room)


@handles_on_socket(commands.Close)
async def close_conversation(session: Session, command: commands.Close) -> dict[str, Any]:
    if room := session.rooms.pop(command.conversation, None):
        room.leave(session.reader)
    return {"conversation": command.conversation}


@handles_on_socket(commands.Watch)
async def watch_list(session: Session, command: commands.Watch) -> dict[str, Any]:
    current_engine().activity.watch(session.user.owner_id, session.reader)
    return {}
