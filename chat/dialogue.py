"""Models talk with each other: a task of the server that gives one the word after the other.

Each line is an answer like any other (engine/answer.py), so it streams, stops and survives like one. What
is asked of the dialogue is kept in the conversation's settings; whose turn it is follows from the file.
"""

import asyncio
from typing import Any, cast

from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from chat import commands, context, requests, script
from chat.access import User, access_conversation
from chat.actions import NO_MESSAGE, answers_to, writable
from chat.engine import current_engine
from chat.engine.answer import Answer, Plan
from chat.engine.room import Room
from chat.errors import ConflictError, InvalidError, NotFoundError
from chat.lanes import params_of
from chat.records import answer_header, conversation_record, settings_record
from chat.spending import allow, count_request, used_up
from chat.titles import title_from
from conversations.hold import Hold, is_held
from conversations.ids import random_id, timestamp
from conversations.records import AnswerHeader, Dialogue, Lane, Record, Settings, UserMessage
from providers import registry
from providers.errors import ProviderError
from providers.streaming import collect
from providers.tokens import estimate_tokens
from providers.types import ChatRequest, Message, Params, Text
from providers.viewers import viewer_for


class Running:
    """A dialogue that has the word. Ends by itself."""

    def __init__(self, room: Room, language: str, speaker: str | None) -> None:
        """`speaker`: who begins; if None, whose turn it is."""
        self.room = room
        self.language = language
        self.speaker = speaker
        self.spent = script.Spent()
        self.asked_on = True
        self.resting = False
        self.leaving = False
        self.ended = asyncio.Event()

    @property
    def setting(self) -> Dialogue:
        return self.room.file.tree.settings["dialogue"]

    @property
    def names(self) -> list[str]:
        return list(voices(self.room))

    def lead_on(self, speaker: str | None) -> bool:
        """Gives on the word after the line that is being said, as if the dialogue were begun then. False
        where it is ending already."""
        if not self.leaving:
            self.asked_on, self.speaker = True, speaker
        return not self.leaving

    def rest(self) -> None:
        """Lets the line that is being said be the last."""
        self.asked_on, self.resting = False, True

    async def run(self) -> None:
        hold = await asyncio.to_thread(Hold.take, current_engine().store, self.room.id)
        try:
            while hold is not None and self.goes_on():
                if not await self.say_a_line():
                    self.resting = True
        finally:
            self.leaving = True
            if hold is not None:
                if self.setting["state"] == "running":
                    await set_state(self.room, "paused")
                await asyncio.to_thread(hold.release)
            running.pop(self.room.id, None)
            self.ended.set()

    def goes_on(self) -> bool:
        if self.asked_on:
            self.asked_on = self.resting = False
            self.spent = script.Spent()
            return True
        return not self.resting and self.setting["state"] == "running"

    async def say_a_line(self) -> bool:
        """Whether another may follow."""
        if len(self.names) < commands.LEAST_PARTICIPANTS:
            return False
        if await used_up(self.room):
            self.room.note("budget_hard")
            return False
        lines = await lines_of(self.room)
        over = script.limit_reached(self.spent, self.setting["limits"])
        if over is None and script.repeats(lines):
            over = "repetition"
        name = self.speaker if self.speaker in self.names else None
        self.speaker = None
        if name is None and over is None:
            name = await self.next_speaker(lines)
        if name is None:
            await set_state(self.room, "over", over or "moderator")
            return False
        return await self.speak(name) and self.setting["turn_policy"] != "manual"

    async def next_speaker(self, lines: list[script.Line]) -> str | None:
        if self.setting["turn_policy"] != "moderator":
            return script.after(lines, self.names)
        said = "\n\n".join(f"{line.speaker or '-'}: {line.text}" for line in lines[-20:])
        question = script.MODERATE.format(names=", ".join(self.names))
        viewer = await viewer_for(self.room.owner or "")
        target = await registry.resolve(self.setting["moderator"], viewer=viewer)
        request = ChatRequest(
            target.model,
            [Message("user", (Text(f"{question}\n\n{said}"),))],
            params=Params(temperature=0, max_tokens=256, thinking="off"),
        )
        try:
            answer, done = await collect(target.connector, request)
        except ProviderError:
            return script.after(lines, self.names)
        self.spent.tokens += (done.usage.input or 0) + (done.usage.output or 0)
        count_request(self.room, target, "other", done.usage)
        return script.chosen(answer, self.names)

    async def speak(self, name: str) -> bool:
        """Whether the line was said to its end."""
        async with self.room.commands:
            if self.resting:
                return False
            header = await self.begin_line(name)
        answer = current_engine().answers[header["id"]]
        await answer.ended.wait()
        return self.count(answer)

    async def begin_line(self, name: str) -> AnswerHeader:
        """It hears what a person said while it was decided who speaks."""
        lines = await lines_of(self.room)
        lane = voices(self.room)[name]
        header = answer_header(lines[-1].id if lines else None, lane)
        header["speaker"] = name

        async def prepare(target: registry.Target) -> ChatRequest:
            return request_for(target, lane, name, self.names, lines)

        plan = Plan(header, lane, prepare)
        await current_engine().begin(self.room, [plan], together=True, language=self.language)
        return header

    def count(self, answer: Answer) -> bool:
        record = answer.record
        if record is None:
            return False
        self.spent.turns += 1
        self.spent.tokens += (record["usage"]["input"] or 0) + (record["usage"]["output"] or 0)
        self.spent.usd += record["cost"]["usd"] or 0.0
        self.spent.seconds += record["timing"]["total_ms"] / 1000
        return record["status"] == "complete"


running: dict[str, Running] = {}
"""The dialogues of this process, by conversation."""


async def begin(user: User, command: commands.Dialogue) -> dict[str, Any]:
    """A new conversation that is a dialogue, or an existing one that becomes one."""
    names = [participant.name for participant in command.participants]
    if len({name.casefold() for name in names}) < len(names):
        raise InvalidError(_("Each participant needs a name of its own."))
    await allow(user)
    row = [lane_for(participant) for participant in command.participants]
    changed: Settings = {"lanes": row, "dialogue": setting_of(command, row)}
    if command.conversation is None:
        record = conversation_record(user, title_from(command.opening), changed)
        opening = human_line(command.opening, None, command.id)
        room, _news = await current_engine().create(record, settings_record(changed), opening)
    else:
        room = await access_conversation(user, command.conversation)
        async with room.commands:
            if command.id is not None and command.id in room.file.tree.messages:
                return {"conversation": room.id, "message": command.id}
            refuse_while_busy(room)
            opening = human_line(command.opening, room.file.tree.head, command.id)
            await room.append(settings_record(changed), opening)
            start(room)
            return {"conversation": room.id, "message": opening["id"]}
    start(room)
    return {"conversation": room.id, "message": opening["id"]}


async def direct(user: User, command: commands.Direct) -> dict[str, Any]:
    room = await access_conversation(user, command.conversation)
    writable(room)
    setting = room.file.tree.settings.get("dialogue")
    if setting is None:
        raise ConflictError(_("This conversation is no dialogue between models."))
    if command.action == "pause":
        # Whichever process leads the dialogue reads it in the file, after the line that is being spoken.
        if found := running.get(room.id):
            found.rest()
        if setting["state"] == "running":
            await set_state(room, "paused")
        return {"conversation": room.id}
    if command.speaker is not None and command.speaker not in voices(room):
        raise InvalidError(_("Nobody of that name takes part."))
    if command.action in ("say", "edit") and not command.text.strip():
        raise InvalidError(_("There is nothing to send."))
    if command.action == "edit" and command.message not in room.file.tree.messages:
        raise NotFoundError(NO_MESSAGE)
    if len(voices(room)) < commands.LEAST_PARTICIPANTS:
        raise ConflictError(_("A dialogue needs two models that take part."))
    await allow(user, room)
    if returns(command):
        await come_to_rest(room)
    async with room.commands:
        return {"conversation": room.id, **await lead(room, command)}


def returns(command: commands.Direct) -> bool:
    """Whether it goes on from an earlier line."""
    return command.action == "edit" or command.parent is not None


async def lead(room: Room, command: commands.Direct) -> dict[str, str]:
    """What a person says stands after the line that is being said, and is kept at once. Run under the
    room's `commands`."""
    done: dict[str, str] = {}
    if command.id is not None and command.id in room.file.tree.messages:
        return {"message": command.id}
    if room.id not in running or returns(command):
        refuse_while_busy(room)
    await go_to(room, command.parent)
    if command.action == "say":
        line = human_line(command.text, last_line(room), command.id)
        await room.append(line)
        done["message"] = line["id"]
    if command.action == "edit" and command.message is not None:
        done["message"] = await write_anew(room, command.message, command.text)
    await take_up(room, command.speaker)
    return done


async def take_up(room: Room, speaker: str | None) -> None:
    found = running.get(room.id)
    if found is not None and found.lead_on(speaker):
        await set_state(room, "running")
        return
    if found is not None:
        await found.ended.wait()
    await set_state(room, "running")
    start(room, speaker)


def last_line(room: Room) -> str | None:
    """The line that is being said, if nothing has been said after it yet."""
    head = room.file.tree.head
    return next(iter(answers_to(room, head)), head)


async def write_anew(room: Room, message: str, text: str) -> str:
    """Puts a line beside `message`, in the same voice but with a person's words, and shows it."""
    header = room.file.tree.messages[message]
    line: dict[str, Any] = {**human_line(text, header["parent"], None), "edited": message}
    if header["role"] == "assistant":
        line |= {name: header[name] for name in ("role", "lane", "model", "speaker") if name in header}
        line |= {
            "status": "complete",
            "usage": {"input": None, "output": None, "reasoning": None, "cached": None},
            "cost": {"usd": 0.0, "source": "free"},
            "timing": {"first_token_ms": None, "total_ms": 0},
            "finish": None,
        }
        del line["lanes"]
    head: Record = {"type": "head", "at": timestamp(), "message": line["id"]}
    await room.append(cast(Record, line), head)
    return str(line["id"])


async def rest_if_left(room: Room) -> None:
    """A dialogue whose process died is not running, whatever its file says: a person may let it go on."""
    setting = room.file.tree.settings.get("dialogue")
    if setting is None or setting["state"] != "running" or room.id in running or room.file.damaged:
        return
    if not await asyncio.to_thread(is_held, current_engine().store, room.id):
        await set_state(room, "paused")


def start(room: Room, speaker: str | None = None) -> None:
    found = running[room.id] = Running(room, get_language(), speaker)
    current_engine().spawn(found.run())


async def come_to_rest(room: Room) -> None:
    """Ends the line that is being said, which is on the way that is left, and the dialogue with it."""
    if (found := running.get(room.id)) is not None:
        found.rest()
        async with room.commands:
            current_engine().stop(room, None)
        await found.ended.wait()


def refuse_while_busy(room: Room) -> None:
    writable(room)
    if room.live or room.id in running:
        raise ConflictError(_("This answer is still being given."))


async def go_to(room: Room, message: str | None) -> None:
    if message is None or message == room.file.tree.head:
        return
    if message not in room.file.tree.messages:
        raise InvalidError(_("There is no such message in this conversation."))
    await room.append({"type": "head", "at": timestamp(), "message": message})


async def set_state(room: Room, state: str, reason: str | None = None) -> None:
    known = room.file.tree.settings["dialogue"]
    if known["state"] == state and known.get("reason") == reason:
        return
    setting: dict[str, Any] = {**known, "state": state}
    setting.pop("reason", None)
    if reason is not None:
        setting["reason"] = reason
        room.note(f"over_{reason}")
    await room.append(settings_record({"dialogue": setting}))  # type: ignore[typeddict-item]


async def lines_of(room: Room) -> list[script.Line]:
    path = room.file.tree.path()
    records = await asyncio.to_thread(room.file.messages, path)
    return [
        script.Line(record["id"], context.speaker_of(record), context.text_of(record))
        for record in records
        if record["role"] == "user" or record["status"] != "failed"
    ]


def request_for(
    target: registry.Target, lane: Lane, name: str, names: list[str], lines: list[script.Line]
) -> ChatRequest:
    """The oldest lines but the opening are left out where they do not fit the speaker's window."""
    params = requests.merged(target.defaults, lane)
    system = script.system_for(name, names, lane.get("system") or target.system)
    messages = script.messages_for(name, lines)
    window = target.connector.window(target.info, params)
    if window is not None:
        reserved = (params.max_tokens or 0) + estimate_tokens(system)
        messages = context.fitting(messages, context.room_in(window, reserved))
    return ChatRequest(target.model, messages, system=system, params=params, streaming=target.streaming)


def lane_for(participant: commands.Participant) -> Lane:
    params = {} if participant.params is None else params_of(participant.params)
    return {
        "id": random_id(8),
        "model": participant.model,
        "role": "secondary",
        "system": participant.system,
        "params": params,
    }


def setting_of(command: commands.Dialogue, row: list[Lane]) -> Dialogue:
    return {
        "participants": [
            {"lane": lane["id"], "name": participant.name}
            for lane, participant in zip(row, command.participants, strict=True)
        ],
        "turn_policy": command.turn_policy,
        "moderator": command.moderator or row[0]["model"],
        "limits": command.limits.model_dump(),
        "state": "running",
    }


def voices(room: Room) -> dict[str, Lane]:
    """The lanes of those who take part, by their names. Whose lane was removed has left."""
    settings = room.file.tree.settings
    row = {lane["id"]: lane for lane in settings["lanes"]}
    speakers = settings["dialogue"]["participants"]
    return {speaker["name"]: row[speaker["lane"]] for speaker in speakers if speaker["lane"] in row}


def human_line(text: str, parent: str | None, message: str | None) -> UserMessage:
    return {
        "type": "message",
        "at": timestamp(),
        "id": message or random_id(),
        "parent": parent,
        "role": "user",
        "parts": [{"type": "text", "text": text}],
        "lanes": [],
    }
