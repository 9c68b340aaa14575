import asyncio
import logging
from collections.abc import Awaitable, Callable
from contextlib import aclosing
from dataclasses import dataclass
from typing import Any, cast

from django.utils import translation

from chat.engine.answers.journal_writer import JournalWriter
from chat.engine.answers.json_answers import holds_json
from chat.engine.answers.life import CutShort, Life
from chat.engine.answers.plan import Plan
from chat.engine.answers.record_fields import cost_in_record, served_by, tool_call_part, usage_of
from chat.engine.answers.saving import append_until_kept
from chat.engine.frames import frame
from chat.engine.room import Room
from chat.engine.transcript import PartName, Transcript
from chat.protocol.errors import INTERNAL, ChatError, provider_message
from conversations.errors import StoreError
from conversations.files.journal import Journal
from conversations.records import (
    AnswerMessage,
    AskedAnswer,
    Part,
    Status,
)
from core.error_fields import Error, error_fields
from core.times import timestamp
from providers import types
from providers.asking import Asking, Question, Spent, ask
from providers.catalogue.viewers import viewer_for
from providers.costs.prices import Cost
from providers.errors import ProviderError, UnansweredCallError
from providers.ollama.administration import must_load
from providers.refs import split_ref
from providers.registry import Target

logger = logging.getLogger(__name__)

before_asking: "list[Callable[[Answer, Target, types.ChatRequest], Awaitable[None]]]" = []
"""Called with each request before its server is asked; a ChatError ends the answer with it."""
LOADING_AFTER = 1.0
"""Seconds without a word after which it is looked whether the model has still to be loaded."""

UNASKED = Spent(types.Usage(), Cost(None, "unknown"))


@dataclass(slots=True)
class Ending:
    status: Status
    error: Error | None = None
    done: types.Done | None = None


class Answer:
    """One model's answer as a task of the server: asks, journals, shows, and at the end keeps it as one
    record. It ends in exactly one record, whatever happens on the way."""

    def __init__(
        self, room: Room, plan: Plan, journal: Journal | None, writer: JournalWriter, language: str
    ) -> None:
        self.room = room
        self.plan = plan
        self.id = plan.header["id"]
        self.transcript = Transcript(room.id, plan.header)
        self._journal = journal
        self._writer = writer
        self._language = language
        self._pending: list[str] = []
        self._pending_part: PartName = "text"
        self._extra: list[Part] = []
        self._asked: Asking | None = None
        self._loading: asyncio.Task[None] | None = None
        self._asking: asyncio.Task[Ending] | None = None
        self.life = Life()
        self._saved = True
        self._last_try = asyncio.Event()
        self.record: AnswerMessage | None = None
        if journal is not None:
            writer.watch(journal, self._tell_saved)
        room.live[self.id] = self.transcript

    async def run(self, when_ended: "Callable[[Answer], None]") -> None:
        """Returns when the answer's record is on disk and shown. `when_ended` is called just before."""
        try:
            ending = await self._ask_unless_stopped()
            self._flush()
            self.life.end(ending.status)
            self.record = self._record(ending)
            when_ended(self)
            await self._keep(self.record)
        finally:
            self.ended.set()

    @property
    def ended(self) -> asyncio.Event:
        """Set when its record is on disk and shown, or could not be written."""
        return self.life.ended

    def write_down(self, journal: Journal) -> None:
        """For an answer that began without a journal: what was shown so far, and from now on all."""
        self._journal = journal
        self._writer.watch(journal, self._tell_saved)
        for line in self.transcript.lines():
            self._writer.add(journal, line)

    def stop(self, status: CutShort = "stopped") -> None:
        """Ends the answer with what is there. An answer that has not begun ends empty."""
        self.life.stop(status)
        if status == "interrupted":
            # The process ends: a record that the disk refuses cannot wait any longer.
            self._last_try.set()
        if self._asking is not None:
            self._asking.cancel()

    def show_status(self, position: int | None = None) -> None:
        """Tells the readers that the answer waits (`position` of the queue) or streams (None)."""
        if position is None:
            self.life.stream()
        else:
            self.life.queue(position)
        self.transcript.set_header(self.life.mark(self.plan.header))
        self.room.broadcast(
            frame({"type": "start", "conversation": self.room.id, "message": self.transcript.header})
        )

    async def _ask_unless_stopped(self) -> Ending:
        if self.life.cut_short is not None:
            return Ending(self.life.cut_short)
        self._asking = asyncio.create_task(self._ask())
        await asyncio.wait({self._asking})
        return self._ending(self._asking)

    async def _ask(self) -> Ending:
        await self.life.wait_in_line(self.show_status)
        if self.life.state == "queued":
            self.show_status()
        with translation.override(self._language):
            viewer = await viewer_for(self.room.owner or "")
            asked = self._asked = ask(
                Question(self.plan.lane["model"], self._prepare, viewer, on_position=self._follow_queue)
            )
            try:
                async with aclosing(asked.events()) as events:
                    async for event in events:
                        kind = type(event)
                        if kind is types.TextDelta:
                            self._push("text", event.text)  # type: ignore[union-attr]
                        elif kind is types.Done:
                            self._check_call(asked)
                            return Ending("complete", done=cast(types.Done, event))
                        else:
                            self._take(event)
            finally:
                if self._loading is not None:
                    self._loading.cancel()
        raise ProviderError("bad_response", "the stream ended without its end")

    def _follow_queue(self, position: int | None) -> None:
        """`position`: None where a request goes out."""
        if position is not None or self.life.state == "queued":
            self.show_status(position)
        elif self._loading is None:
            self.life.stream()
        if position is None and self._loading is None:
            self._loading = asyncio.create_task(self._tell_of_loading())
            self._push("text", self.plan.begins_with)
            self._flush()

    async def _prepare(self, target: Target) -> types.ChatRequest:
        """Called again where less can be sent than was thought."""
        prepared = await self.plan.prepare(target)
        for allow in before_asking:
            await allow(self, target, prepared.request)
        if prepared.facts != self.transcript.facts:
            self._write(self.transcript.set_facts(prepared.facts))
        return prepared.request

    def _check_call(self, asked: Asking) -> None:
        """A call that nothing answers is no answer, unless words came with it."""
        self._flush()
        calls = [part["name"] for part in self._extra if part["type"] == "tool_call"]
        if calls and not self.transcript.text.strip() and (target := asked.target) is not None:
            raise UnansweredCallError(calls[0], server=target.server.name, model=target.model)

    async def _tell_of_loading(self) -> None:
        """Says so where nothing comes because the server has still to load the model."""
        await asyncio.sleep(LOADING_AFTER)
        target = None if self._asked is None else self._asked.target
        if not self.life.has_words and target is not None and await must_load(target.server, target.model):
            self._take(types.Notice("loading", {"model": target.model}))

    def _take(self, event: types.StreamEvent) -> None:
        if isinstance(event, types.ReasoningDelta):
            self._push("reasoning", event.text)
            if event.signature:
                self._flush()
                self._write(self.transcript.sign(event.signature))
        elif isinstance(event, types.ToolCallDelta):
            self._extra.append(tool_call_part(event.call))
        elif isinstance(event, types.Notice):
            self.room.note(event.code, event.values, message=self.id)

    def _push(self, part: PartName, text: str) -> None:
        """What gathers until the event loop comes round becomes one delta."""
        if not text:
            return
        if self._pending:
            if part != self._pending_part:
                self._flush()
                asyncio.get_running_loop().call_soon(self._flush)
        else:
            asyncio.get_running_loop().call_soon(self._flush)
        self.life.say_word()
        self._pending_part = part
        self._pending.append(text)

    def _flush(self) -> None:
        if not self._pending:
            return
        text = "".join(self._pending)
        self._pending.clear()
        delta, line = self.transcript.add(self._pending_part, text)
        self._write(line)
        self.room.broadcast(delta)

    def _write(self, line: str) -> None:
        if self._journal is not None:
            self._writer.add(self._journal, line)

    def _ending(self, stream: asyncio.Task[Ending]) -> Ending:
        if stream.cancelled():
            return Ending(self.life.cut_short or "interrupted")
        failure = stream.exception()
        if failure is None:
            return stream.result()
        if isinstance(failure, ChatError):
            with translation.override(self._language):
                return Ending("failed", failure.fields())
        server, model = split_ref(self.plan.lane["model"])
        if not isinstance(failure, ProviderError):
            logger.error("An answer of %s failed", self.plan.lane["model"], exc_info=failure)
            failure = ProviderError("internal")
        with translation.override(self._language):
            said = provider_message(failure, server, model)
        error = error_fields(failure.code, said, retryable=failure.retryable)
        if failure.detail:
            error["detail"] = failure.detail[:2000]
        return Ending("failed", error)

    async def _keep(self, record: AnswerMessage) -> None:
        try:
            await append_until_kept(self.room, record, self._tell_saved, self._last_try)
        except StoreError:
            # The text stays in the journal, which then counts as a dead process's: it is not lost.
            logger.exception("An answer could not be written to its file")
            self.room.live.pop(self.id, None)
            self.room.broadcast(self._not_saved())
            await self._close_journal(remove=False)
        else:
            await self._close_journal(remove=True)

    def _tell_saved(self, saved: bool) -> None:
        if saved != self._saved:
            self._saved = saved
            with translation.override(self._language):
                self.room.note("saved" if saved else "unsaved", message=self.id)

    async def _close_journal(self, *, remove: bool) -> None:
        if self._journal is not None:
            await self._writer.close(self._journal, remove=remove)

    def _not_saved(self) -> Any:
        with translation.override(self._language):
            fields = error_fields("internal", INTERNAL, retryable=True)
        return frame({"type": "error", "conversation": self.room.id, **fields})

    def _record(self, ending: Ending) -> AnswerMessage:
        header, asked, done = self.transcript.header, self._asked, ending.done
        spent = UNASKED if asked is None else asked.spent()
        record: AnswerMessage = {
            "type": "message",
            "at": timestamp(),
            "id": self.id,
            "parent": header["parent"],
            "role": "assistant",
            "lane": header["lane"],
            "model": header["model"],
            "parts": [*self.transcript.parts(), *self._extra],
            "status": ending.status,
            "usage": usage_of(spent.usage, estimated=spent.estimated),
            "cost": cost_in_record(spent),
            "timing": self.life.timing(),
            "finish": None if done is None else done.finish,
        }
        if ending.error is not None:
            record["error"] = ending.error
        if asked is not None and asked.target is not None:
            served = served_by(asked.target, None if done is None else done.model)
            if served != header["model"]:
                record["served_by"] = served
        if ending.status == "complete" and self._breaks_json():
            record["invalid_json"] = True
        told = {name: value for name, value in header.items() if name in AskedAnswer.__optional_keys__}
        return cast(AnswerMessage, {**record, **told})

    def _breaks_json(self) -> bool:
        """Whether JSON was asked for and something else came. An answer without words is told of as empty."""
        request = None if self._asked is None else self._asked.request
        if request is None or not request.params.json:
            return False
        text = self.transcript.text
        return bool(text.strip()) and not holds_json(text)
