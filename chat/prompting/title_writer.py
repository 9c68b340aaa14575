"""Who gives a conversation its title: at once its first words; a better one comes from a model after the
first answer, where somebody wants to spend that, and never over a title that a person gave."""

import asyncio
import logging
from weakref import WeakSet

from django.conf import settings

from chat.engine.answers.answer import Answer
from chat.engine.room import Room
from chat.policy.spending import count_request, is_budget_used_up
from chat.prompting.titles import cleaned
from conversations.records import SettingsRecord
from conversations.shapes import parts_of
from core.times import timestamp
from providers.errors import ProviderError
from providers.registry import resolve
from providers.streaming import collect
from providers.types import ChatRequest, Message, Params, Text

logger = logging.getLogger(__name__)

SECONDS = 30.0
QUOTED = 2_000
"""Characters of question and answer that the model is shown."""
OWN, WORDS = "own", "words"
"""The conversation's own model writes titles, or nobody: the first words stay."""

_asked: WeakSet[Room] = WeakSet()
"""Of several answers that end together, one alone asks."""

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
    try:
        target = await resolve(writer)
    except ProviderError as error:
        logger.warning("No title: %s writes them, and %s.", writer, error)
        return
    if target.server.provider == "echo" or await is_budget_used_up(room):
        return
    question = await asyncio.to_thread(first_question, room)
    prompt = REQUEST.format(question=question[:QUOTED], answer=answer.transcript.text[:QUOTED])
    request = ChatRequest(
        target.model,
        [Message("user", (Text(prompt),))],
        params=Params(temperature=0.3, max_tokens=256, thinking="off"),
    )
    try:
        async with asyncio.timeout(SECONDS):
            text, done = await collect(target.connector, request)
    except (ProviderError, TimeoutError) as error:
        logger.info("No title from %s: %s", target.server.name, error)
        return
    count_request(room, target, "title", done.usage)
    title = cleaned(text)
    if title and room.file.tree.title_by in (None, "words"):
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


def wants_title(room: Room, answer: Answer) -> bool:
    """Only after the first turn that has a complete answer, and only while the title is still its words."""
    tree = room.file.tree
    if tree.title_by not in (None, "words") or answer.record is None:
        return False
    asked = answer.record["parent"]
    answered = {one["parent"] for one in tree.messages.values() if one.get("status") == "complete"}
    return answer.record["status"] == "complete" and answered <= {asked}


def first_question(room: Room) -> str:
    roots = room.file.tree.children(None)
    records = room.file.messages(roots[:1])
    return "".join(part["text"] for record in records for part in parts_of(record) if part["type"] == "text")
