"""Who gives a conversation its title: at once its first words; a better one comes from a model after the
first answer, where somebody wants to spend that, and never over a title that a person gave."""

import asyncio
import logging
from collections.abc import Sequence
from contextlib import suppress
from weakref import WeakKeyDictionary, WeakSet

from django.conf import settings

from chat.engine import current_engine
from chat.engine.answers.answer import Answer
from chat.engine.answers.shortening import shorten_evenly
from chat.engine.room import Room
from chat.policy.spending import account_of, is_budget_used_up
from chat.prompting import context
from chat.prompting.titles import clean_title
from conversations.records import SettingsRecord
from conversations.shapes import parts_of
from core.times import timestamp
from providers.asking import Question, ask_for_text
from providers.catalogue.listing import Viewer
from providers.catalogue.viewers import viewer_for
from providers.connectors import only_repeats
from providers.errors import ProviderError
from providers.ollama.administration import must_load
from providers.refs import split_ref
from providers.registry import Target, resolve
from providers.tokens import estimate_tokens
from providers.types import ChatRequest, Message, Params, Text

logger = logging.getLogger(__name__)

SECONDS = 30.0
QUOTED = 2_000
"""Characters of question and answer that the model is shown."""
PARAMS = Params(temperature=0.3, max_tokens=256, thinking="off")
OWN, WORDS = "own", "words"
"""The conversation's own model writes titles, or nobody: the first words stay."""

AT_ONCE = 4
"""Titles that are asked for at the same time, in one process."""
PATIENCE = 20.0
"""Seconds that a title waits for a server that still answers."""

_asked: WeakSet[Room] = WeakSet()
"""Of several answers that end together, one alone asks."""
_turns: WeakKeyDictionary[asyncio.AbstractEventLoop, asyncio.Semaphore] = WeakKeyDictionary()

REQUEST = """Give a title of at most six words to this conversation, in its own language.
Answer with the title alone: no quotation marks, no full stop, no explanation.

Question:
{question}

Answer:
{answer}"""


async def improve_title(room: Room, answer: Answer) -> None:
    writer = writer_of(room, answer)
    if room.temporary or writer is None or room in _asked or not wants_title(room, answer):
        return
    _asked.add(room)
    viewer = None if writer == settings.TITLE_MODEL else await viewer_for(room.owner or "")
    try:
        target = await resolve_writer(writer, answer, viewer)
    except ProviderError as error:
        logger.warning("No title: %s writes them, and %s.", writer, error)
        return
    if only_repeats(target.server.provider):
        return
    async with _turns.setdefault(asyncio.get_running_loop(), asyncio.Semaphore(AT_ONCE)):
        await wait_until_quiet(target.server.name)
        if not current_engine().is_closing and is_unnamed(room) and not await is_budget_used_up(room):
            await ask_for_title(room, answer, target, viewer)


async def wait_until_quiet(server: str) -> None:
    """Until nothing is answered there, but not for ever: of many answers that end at about the same time the
    last words come first, and then all the titles."""
    with suppress(TimeoutError):
        async with asyncio.timeout(PATIENCE):
            while (busy := first_answering(server)) is not None:
                await busy.ended.wait()


def first_answering(server: str) -> Answer | None:
    going_on = (one for one in current_engine().answers.values() if not one.ended.is_set())
    return next((one for one in going_on if split_ref(one.plan.lane["model"])[0] == server), None)


async def ask_for_title(room: Room, answer: Answer, target: Target, viewer: Viewer | None) -> None:
    question = await first_question(room)
    said = [question[:QUOTED], answer.transcript.text[:QUOTED]]

    async def make_request(target: Target) -> ChatRequest:
        prompt = prompt_within(said, target.window(PARAMS))
        return ChatRequest(target.model, [Message("user", (Text(prompt),))], params=PARAMS)

    asked = Question(target, make_request, viewer, account_of(room, "title"), background=True)
    try:
        reply = await ask_for_text(asked, seconds=SECONDS)
    except ProviderError as error:
        logger.info("No title from %s: %s", target.server.name, error)
        return
    title = clean_title(reply.text)
    if title and is_unnamed(room):
        record: SettingsRecord = {
            "type": "settings",
            "at": timestamp(),
            "title": title,
            "title_by": "model",
        }
        await room.append(record)


def writer_of(room: Room, answer: Answer) -> str | None:
    """The ref of the model that is asked: as the conversation says, else as the administrator does."""
    choice = room.file.tree.settings["titles"] or settings.TITLE_MODEL
    if choice == WORDS:
        return None
    return answer.plan.lane["model"] if choice == OWN else choice


async def resolve_writer(writer: str, answer: Answer, viewer: Viewer | None) -> Target:
    """Raises ProviderError, also for a model that a person chose and may not use. An Ollama server loads no
    other model for a title: it might push out the one that the next question is for."""
    target = await resolve(writer, viewer=viewer)
    if not await must_load(target.server, target.model):
        return target
    own = await resolve(answer.plan.lane["model"], viewer=viewer)
    return own if own.server.name == target.server.name else target


def prompt_within(said: Sequence[str], window: int | None) -> str:
    """`said`: question and answer, of which as much is quoted as fits."""
    if window is not None:
        reserved = (PARAMS.max_tokens or 0) + estimate_tokens(REQUEST)
        said = shorten_evenly(said, context.tokens_left_for_turns(window, reserved))
    question, answer = said
    return REQUEST.format(question=question, answer=answer)


def wants_title(room: Room, answer: Answer) -> bool:
    """Only after the first turn that has a complete answer, and only while the title is still its words."""
    tree = room.file.tree
    if not is_unnamed(room) or answer.record is None:
        return False
    asked = answer.record["parent"]
    answered = {one["parent"] for one in tree.messages.values() if one.get("status") == "complete"}
    return answer.record["status"] == "complete" and answered <= {asked}


def is_unnamed(room: Room) -> bool:
    """The first words of a message are no name."""
    return room.file.tree.title_by in (None, "words")


async def first_question(room: Room) -> str:
    records = await room.read_messages(room.file.tree.children(None)[:1])
    return "".join(part["text"] for record in records for part in parts_of(record) if part["type"] == "text")
