"""A dialogue while it runs: a task of the server that gives one participant the word after the other."""

import asyncio
from collections.abc import Sequence
from typing import Any

from chat.actions.records import answer_header, settings_record
from chat.actions.toolboxes import toolboxes_for_turn
from chat.actions.web import search_first
from chat.dialogue import script
from chat.engine import current_engine
from chat.engine.answers.answer import Answer
from chat.engine.answers.plan import Plan, Prepared
from chat.engine.answers.shortening import shorten_evenly
from chat.engine.room import Room
from chat.policy.spending import account_of, is_budget_used_up
from chat.prompting import builder, context
from chat.prompting.attachments import attached_to
from chat.prompting.builder import AnswerContext
from chat.prompting.projects import with_instructions
from chat.prompting.reading.given_files import Given
from chat.prompting.reading.turn import Reading
from chat.prompting.web import Web
from chat.protocol import commands, lanes
from conversations.records import AnswerHeader
from conversations.settings import Dialogue, Lane
from conversations.shapes import says_something
from providers import registry
from providers.asking import Question, ask_for_text
from providers.catalogue.viewers import viewer_for
from providers.errors import ProviderError
from providers.tokens import estimate_tokens
from providers.types import ChatRequest, Message, Params, Text

MODERATOR = Params(temperature=0, max_tokens=256, thinking="off")


class RunningDialogue:
    """A dialogue that has the word. Ends by itself."""

    def __init__(self, room: Room, language: str, speaker: str | None) -> None:
        """`speaker`: who begins; if None, whose turn it is."""
        self.room = room
        self.language = language
        self.speaker = speaker
        self.spent = script.DialogueUsage()
        self.found: dict[str, Web] = {}
        """What was searched for a person's line: all that is said up to their next one stands on it."""
        self.asked_on = True
        self.ending = False
        self.leaving = False
        self.ended = asyncio.Event()

    @property
    def setting(self) -> Dialogue:
        return self.room.file.tree.settings["dialogue"]

    @property
    def names(self) -> list[str]:
        return list(speaker_lanes(self.room))

    @property
    def moderator(self) -> str:
        """A model ref: of the first participant, where no other was named."""
        return self.setting.get("moderator") or next(iter(speaker_lanes(self.room).values()))["model"]

    def give_turn_to(self, speaker: str | None) -> bool:
        """Gives on the word after the line that is being said, as if the dialogue were begun then. False
        where it is ending already."""
        if not self.leaving:
            self.asked_on, self.speaker = True, speaker
        return not self.leaving

    def end_after_line(self) -> None:
        """Lets the line that is being said be the last."""
        self.asked_on, self.ending = False, True

    async def run(self) -> None:
        hold = await asyncio.to_thread(current_engine().store.take_lead, self.room.id)
        try:
            while hold is not None and self.goes_on():
                if not await self.say_a_line():
                    self.ending = True
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
            self.asked_on = self.ending = False
            self.spent = script.DialogueUsage()
            return True
        return not self.ending and self.setting["state"] == "running"

    async def say_a_line(self) -> bool:
        """Lets the next speaker say a line; whether another line may follow."""
        if len(self.names) < commands.LEAST_PARTICIPANTS:
            return False
        if await is_budget_used_up(self.room):
            self.room.note("budget_hard")
            return False
        lines = await lines_of(self.room)
        over = script.limit_reached(self.spent, self.setting["limits"])
        if over is None and script.repeats_itself(lines):
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
            return script.next_in_turn(lines, self.names)
        question = script.MODERATE.format(names=", ".join(self.names))

        async def make_request(target: registry.Target) -> ChatRequest:
            said = await asyncio.to_thread(
                moderator_question, question, lines[-20:], target.window(MODERATOR)
            )
            return ChatRequest(target.model, [Message("user", (Text(said),))], params=MODERATOR)

        viewer = await viewer_for(self.room.owner or "")
        asked = Question(self.moderator, make_request, viewer=viewer, account=account_of(self.room, "other"))
        try:
            reply = await ask_for_text(asked)
        except ProviderError:
            return script.next_in_turn(lines, self.names)
        self.spent.tokens += (reply.usage.input or 0) + (reply.usage.output or 0)
        return script.named_speaker(reply.text, self.names)

    async def speak(self, name: str) -> bool:
        """Whether the line was said to its end."""
        async with self.room.command_lock:
            if self.ending:
                return False
            header = await self.begin_line(name)
        answer = current_engine().answers[header["id"]]
        await answer.ended.wait()
        return self.count(answer)

    async def begin_line(self, name: str) -> AnswerHeader:
        """It hears what a person said while it was decided who speaks."""
        lines = await lines_of(self.room)
        lane = speaker_lanes(self.room)[name]
        header = answer_header(lines[-1].id if lines else None, lane)
        header["speaker"] = name
        web = self.search_first(lines)

        async def prepare(target: registry.Target) -> Prepared:
            params = lanes.merge_params(target.defaults, lane)
            told = with_instructions(self.room.file.tree.settings, lane.get("system") or target.system)
            system = script.system_for(name, self.names, told)
            window = target.window(params)
            pages: list[dict[str, Any]] = []
            if web is not None:
                system, pages = await builder.add_pages(system, web, header["id"], window)
            reserved = target.reserved_for_answer(params) + estimate_tokens(system)
            given = Given()
            if lines:
                asked = AnswerContext(self.room, lines[-1].id, lane, Reading(self.room, lines[-1].id))
                given = await builder.given_files(
                    asked, header["id"], target, params, reserved, first_source=len(pages) + 1
                )
            said = await asyncio.to_thread(messages_to_speaker, name, lines, given, window, reserved)
            request = ChatRequest(
                target.model, said, system=system, params=params, streaming=target.streaming
            )
            return Prepared(request, builder.facts_of(given, pages))

        toolboxes = toolboxes_for_turn(self.room, lines[-1].id if lines else None)
        plan = Plan(header, lane, prepare, open_toolbox=toolboxes(lane, header["id"]))
        await current_engine().begin(self.room, [plan], together=True, language=self.language)
        return header

    def search_first(self, lines: Sequence[script.Line]) -> Web | None:
        """For the last line of a person; the first participant's model writes the query."""
        said = next((line.id for line in reversed(lines) if line.speaker is None), None)
        web = search_first(self.room, said, next(iter(speaker_lanes(self.room).values())))
        if said is None or web is None:
            return None
        if said not in self.found:
            self.found = {said: web}
        return self.found[said]

    def count(self, answer: Answer) -> bool:
        record = answer.record
        if record is None:
            return False
        self.spent.turns += 1
        self.spent.tokens += (record["usage"]["input"] or 0) + (record["usage"]["output"] or 0)
        self.spent.usd += record["cost"]["usd"] or 0.0
        self.spent.seconds += (record["timing"]["total_ms"] or 0) / 1000
        return record["status"] == "complete"


running: dict[str, RunningDialogue] = {}
"""The dialogues of this process, by conversation."""


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
        script.Line(
            record["id"], context.speaker_of(record), context.text_of(record), attached_to(record["parts"])
        )
        for record in records
        if record["role"] == "user" or record["status"] != "failed" or says_something(record)
    ]


def messages_to_speaker(
    name: str, lines: list[script.Line], given: Given, window: int | None, reserved: int
) -> list[Message]:
    """The oldest lines but the opening are left out where they do not fit the speaker's window. Blocks on
    the disk."""
    messages = script.messages_for(name, lines, given.attach)
    if window is not None:
        messages = context.keep_fitting_messages(
            messages, context.tokens_left_for_turns(window, reserved) - given.tokens
        )
    return given.place_files(messages) if messages else []


def moderator_question(question: str, lines: Sequence[script.Line], window: int | None) -> str:
    """What the moderator is asked: each line as far as it fits the window."""
    said = [f"{line.speaker or '-'}: {line.text}" for line in lines]
    if window is not None:
        reserved = (MODERATOR.max_tokens or 0) + estimate_tokens(question)
        said = shorten_evenly(said, context.tokens_left_for_turns(window, reserved))
    return "\n\n".join([question, *said])


def speaker_lanes(room: Room) -> dict[str, Lane]:
    """The lanes of those who take part, by their names. Whose lane was removed has left."""
    settings = room.file.tree.settings
    row = {lane["id"]: lane for lane in settings["lanes"]}
    speakers = settings["dialogue"]["participants"]
    return {speaker["name"]: row[speaker["lane"]] for speaker in speakers if speaker["lane"] in row}
