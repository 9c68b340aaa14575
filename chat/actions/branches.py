"""Ways through the tree of a conversation: named, shown, and gone on from in a new conversation."""

import asyncio
from collections.abc import Sequence
from typing import Any

from chat.actions.beginning import create
from chat.actions.completion import run_to_completion
from chat.actions.folder_choice import folder_records
from chat.actions.messages import known_message
from chat.actions.records import conversation_record, settings_record
from chat.actions.registry import handles
from chat.policy.access import User
from chat.protocol import commands
from conversations.records import Record
from conversations.settings import Settings
from conversations.tree import Tree
from core.times import timestamp


@handles(commands.Branch)
async def branch(user: User, command: commands.Branch) -> dict[str, Any]:
    room = await known_message(user, command.conversation, command.message)
    await room.append({"type": "branch", "at": timestamp(), "name": command.name, "head": command.message})
    return {"conversation": room.id, "message": command.message}


@handles(commands.Head)
async def choose_head(user: User, command: commands.Head) -> dict[str, Any]:
    room = await known_message(user, command.conversation, command.message)
    await room.append({"type": "head", "at": timestamp(), "message": command.message})
    return {"conversation": room.id, "message": command.message}


@handles(commands.Fork)
@run_to_completion
async def fork(user: User, command: commands.Fork) -> dict[str, Any]:
    """A new conversation that begins with this one's turns up to `message`, all lanes' answers to them
    included, and goes on from there by itself."""
    room = await known_message(user, command.conversation, command.message)
    tree = room.file.tree
    records = await asyncio.to_thread(room.file.stored_messages, turns_on_path(tree, command.message))
    settings = copied_settings(tree)
    first = conversation_record(user, settings["title"], settings)
    first["forked_from"] = {"conversation": room.id, "message": command.message}
    more: list[Record] = [*folder_records(settings["folder"])]
    if "dialogue" in settings:
        more.append(settings_record({"dialogue": settings["dialogue"]}))
    more += [*records, *votes_on(tree, [record["id"] for record in records])]
    if tree.messages[command.message]["role"] == "assistant":
        more.append({"type": "head", "at": timestamp(), "message": command.message})
    made = await create(user, first, *more, temporary=room.temporary)
    return {"conversation": made.room.id, "message": command.message}


def turns_on_path(tree: Tree, message: str) -> list[str]:
    """The path to `message`, and beside each answer on it the others to the same message; all answers to
    it, where it is a person's."""
    kept: dict[str, None] = {}
    below = tree.children(message) if tree.messages[message]["role"] == "user" else []
    answers = [answer for answer in below if tree.messages[answer]["role"] == "assistant"]
    for step in [*tree.path(message), *answers[:1]]:
        beside = tree.siblings(step) if tree.messages[step]["role"] == "assistant" else []
        kept.update(dict.fromkeys([*beside, step]))
    return list(kept)


def votes_on(tree: Tree, messages: Sequence[str]) -> list[Any]:
    return [tree.votes[message] for message in messages if message in tree.votes]


def copied_settings(tree: Tree) -> Settings:
    """A dialogue rests in the copy until it is asked to go on."""
    settings: Settings = {**tree.settings}
    if "dialogue" in settings:
        settings["dialogue"] = {**settings["dialogue"], "state": "paused"}
    return settings
