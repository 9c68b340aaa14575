"""Search first: one search of the web before a turn is answered. All its lanes get the same pages under the
same numbers, also those whose models call no tools."""

import asyncio
import logging
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from django.utils import timezone

from chat.engine.answers.shortening import shorten_middle
from chat.engine.room import Room
from chat.policy.spending import account_of, is_budget_used_up
from chat.prompting import context
from chat.prompting.web import FoundPages
from chat.tools.search import SearchError, current_search, search
from conversations.records import MessageRecord
from conversations.settings import Lane
from core.shared_work import SharedWork
from providers.asking import Question, ask_for_text
from providers.catalogue.viewers import viewer_for
from providers.connectors import only_repeats
from providers.errors import ProviderError
from providers.registry import Target, resolve
from providers.types import ChatRequest, Message, Params, Text
from rag.rewrite import rewrite_question

logger = logging.getLogger(__name__)

PAGES = 6
SECONDS = 15.0
"""For a query, with the wait for a place at its model's server; then the question itself is searched for."""
EARLIER = 4
"""Questions before this one that the writer of the query sees."""
QUOTED = 2_000
LONGEST_QUERY = 300
PARAMS = Params(temperature=0.0, max_tokens=256, thinking="off")
REQUEST = (
    "You write queries for a web search engine. Today is {today}. The user's message is not for you to "
    "answer: write the one query that finds the best pages for answering it. Reply with the query alone, in "
    "one line of a few words, without quotation marks."
)
CONTEXT = "\n\nWhat the user asked before, the oldest first:\n{earlier}"


class WebFirst:
    def __init__(self, room: Room, user: str, lane: Lane) -> None:
        """`lane`: the first of those that answer `user`, whose model writes the query."""
        self._room = room
        self._user = user
        self._lane = lane
        self._looking = SharedWork(self._look)
        self._answers: list[str] = []
        self._said: tuple[str, Mapping[str, Any]] | None = None

    async def get(self, answer: str) -> FoundPages:
        """Whoever comes first looks. What there is to say stands beside `answer`."""
        if answer not in self._answers:
            self._answers.append(answer)
            if self._said is not None:
                self._room.note(*self._said, message=answer)
        return await self._looking.get()

    async def _look(self) -> FoundPages:
        if (found := await asyncio.to_thread(self._found_before)) is not None:
            return found
        *earlier, question = await asyncio.to_thread(self._questions)
        query = await self._write_query(question, earlier)
        if not query:
            return FoundPages()
        self._say("searching_web", {"query": query})
        try:
            pages = await search(await current_search(), query, PAGES)
        except SearchError as error:
            self._say("web_failed", {"reason": str(error)})
            return FoundPages(failed=True)
        return FoundPages([page.source() for page in pages])

    def _found_before(self) -> FoundPages | None:
        """What other answers to the message were given: one that is made later is to stand beside them."""
        answers = self._room.file.tree.children(self._user)
        for record in self._room.file.messages(answers):
            given = record.get("sources", []) if record["role"] == "assistant" else []
            if first := [without_number(source) for source in given if source.get("searched") == "first"]:
                return FoundPages(first)
        return None

    def _questions(self) -> list[str]:
        tree = self._room.file.tree
        asked = [m for m in tree.path(self._user) if tree.messages[m]["role"] == "user"]
        records: Sequence[MessageRecord] = self._room.file.messages(asked[-EARLIER - 1 :])
        return [context.text_of(record)[:QUOTED].strip() for record in records]

    async def _write_query(self, question: str, earlier: Sequence[str]) -> str:
        """By a model; where that fails, the question itself with what it leans on."""
        try:
            async with asyncio.timeout(SECONDS):
                written = await self._ask_for_query(question, earlier)
        except (ProviderError, TimeoutError) as error:
            logger.info("No query from %s: %r", self._lane["model"], error)
            written = ""
        if query := as_query(written):
            return query
        return rewrite_question(" ".join(question.split())[:LONGEST_QUERY], earlier)[:LONGEST_QUERY].strip()

    async def _ask_for_query(self, question: str, earlier: Sequence[str]) -> str:
        viewer = await viewer_for(self._room.owner or "")
        target = await resolve(self._lane["model"], viewer=viewer)
        if not question or only_repeats(target.server.provider) or await is_budget_used_up(self._room):
            return ""
        system = REQUEST.format(today=timezone.now().date())
        if earlier:
            system += CONTEXT.format(earlier="\n".join(f"- {one}" for one in earlier))

        async def make_request(target: Target) -> ChatRequest:
            window = target.window(PARAMS)
            left = QUOTED if window is None else context.tokens_left_for_turns(window, 0) // 4
            said = [shorten_middle(text, left) for text in (system, question)]
            return ChatRequest(
                target.model, [Message("user", (Text(said[1]),))], system=said[0], params=PARAMS
            )

        account = account_of(self._room, "tools")
        reply = await ask_for_text(Question(target, make_request, viewer, account))
        return reply.text

    def _say(self, code: str, values: Mapping[str, Any]) -> None:
        self._said = (code, values)
        for answer in self._answers:
            self._room.note(code, values, message=answer)


def without_number(source: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in source.items() if name != "n"}


def as_query(written: str) -> str:
    """Empty for what is none: an answer, or nothing."""
    lines = list(_lines(written))
    if len(lines) != 1 or len(lines[0]) > LONGEST_QUERY:
        return ""
    return lines[0]


def _lines(written: str) -> Iterator[str]:
    for line in written.splitlines():
        if bare := " ".join(line.split()).strip("\"'“”„«»`"):
            yield bare
