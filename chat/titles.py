"""A conversation's title: the first words at once, a better one from the model after its first answer, and
never over a title that a person gave."""

import asyncio
import logging
import re
from collections.abc import Iterator
from functools import cache
from typing import TYPE_CHECKING
from weakref import WeakSet

from chat.engine.answer import Answer
from chat.engine.room import Room
from chat.spending import count_request, used_up
from conversations.ids import timestamp
from conversations.records import SettingsRecord
from conversations.shapes import parts_of
from providers.errors import ProviderError
from providers.registry import resolve
from providers.streaming import collect
from providers.types import ChatRequest, Message, Params, Text

if TYPE_CHECKING:
    from markdown_it import MarkdownIt

logger = logging.getLogger(__name__)

LONGEST = 80
SECONDS = 30.0
QUOTED = 2_000
"""Characters of question and answer that the model is shown."""

QUOTES = ('""', "''", "“”", "„“", "„”", "«»", "»«", "‘’", "‹›")
_LABEL = re.compile(
    r"^(?:(?:conversation|chat|sohbet(?:in)?)\s+)?(?:title|başlık|başlığı|заголовок|название)"
    r"(?:\s+(?:беседы|чата|разговора|диалога))?\s*[:：]\s*",
    re.IGNORECASE,
)
_FULL_STOP = re.compile(r"(?<![.…])(?<!\.\w)[.。]$")
"""Neither of an ellipsis nor of letters like U.S."""
_BULLET = re.compile(r"^[-*•]\s+")

_asked: WeakSet[Room] = WeakSet()
"""Of several answers that end together, one alone asks."""

REQUEST = """Give a title of at most six words to this conversation, in its own language.
Answer with the title alone: no quotation marks, no full stop, no explanation.

Question:
{question}

Answer:
{answer}"""


def title_from(text: str) -> str:
    """The first words of a message, cut at a word's end."""
    line = " ".join(text.split())
    if len(line) <= LONGEST:
        return line
    cut = line[:LONGEST].rsplit(" ", 1)[0]
    return f"{cut or line[:LONGEST]}…"


async def improve_title(room: Room, answer: Answer) -> None:
    if room.temporary or not wants_title(room, answer):
        return
    target = await resolve(answer.plan.lane["model"])
    if target.server.provider == "echo" or room in _asked:
        return
    _asked.add(room)
    if await used_up(room):
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
    if title and room.file.tree.title_by is None:
        record: SettingsRecord = {
            "type": "settings",
            "at": timestamp(),
            "title": title,
            "title_by": "model",
        }
        await room.append(record)


def wants_title(room: Room, answer: Answer) -> bool:
    """Only a complete answer to the first message, and only while the title is still its words."""
    tree = room.file.tree
    if tree.title_by is not None or answer.record is None or answer.record["status"] != "complete":
        return False
    return answer.record["parent"] in tree.children(None)[:1]


def first_question(room: Room) -> str:
    roots = room.file.tree.children(None)
    records = room.file.messages(roots[:1])
    return "".join(part["text"] for record in records for part in parts_of(record) if part["type"] == "text")


def cleaned(said: str) -> str:
    """What a model gave as a title, in plain words: models like to head, to mark, to quote and to end it."""
    lines = list(plain_lines(said))
    title = next((line for line in lines if not line.endswith((":", "："))), lines[0] if lines else "")
    before = ""
    while title != before:
        before = title
        title = unquoted(_LABEL.sub("", title))
        title = _FULL_STOP.sub("", title).strip()
    return title_from(title)


def plain_lines(markdown: str) -> Iterator[str]:
    """Its lines as they would be read, without their marks."""
    for block in _markdown().parse(markdown):
        text = block.content
        if block.children is not None:
            breaks = {"softbreak": "\n", "hardbreak": "\n"}
            text = "".join(breaks.get(part.type, part.content) for part in block.children)
        for line in text.splitlines():
            if words := _BULLET.sub("", line.strip()):
                yield words


def unquoted(title: str) -> str:
    """Without quotation marks around all of it; those around a part of it stay."""
    ends, inner = title[:1] + title[-1:], title[1:-1].strip()
    if ends not in QUOTES or re.search(rf"(?<!\w)[{ends}]|[{ends}](?!\w)", inner):
        return title
    return inner


@cache
def _markdown() -> "MarkdownIt":
    """A title may begin with a number, and what looks like HTML is a part of it."""
    from markdown_it import MarkdownIt

    from conversations.emphasis import use_cjk_emphasis

    rules = use_cjk_emphasis(MarkdownIt("commonmark", {"html": False}).enable("strikethrough"))
    return rules.disable(["list", "link", "image", "autolink", "code"])
