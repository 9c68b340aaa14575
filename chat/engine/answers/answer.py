import asyncio
import logging
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass, replace
from typing import Any, cast

from django.utils import translation

from chat.engine.answers.journal_writer import JournalWriter
from chat.engine.answers.json_answers import holds_json
from chat.engine.answers.life import CutShort, Life
from chat.engine.answers.plan import Plan
from chat.engine.answers.record_fields import served_by, tool_call_part, usage_of
from chat.engine.frames import frame
from chat.engine.room import Room
from chat.engine.transcript import PartName, Transcript
from chat.protocol.errors import INTERNAL, provider_message
from conversations.errors import StoreError
from conversations.files.journal import Journal
from conversations.records import (
    AnswerMessage,
    Cost,
    Error,
    Part,
    Status,
)
from core.times import timestamp
from providers import registry, types
from providers.catalogue.viewers import viewer_for
from providers.costs.prices import cost_of
from providers.errors import ProviderError, UnansweredCallError
from providers.limits import acquire
from providers.ollama.administration import must_load
from providers.refs import split_ref
from providers.registry import Target
from providers.streaming import stream_chat
from providers.tokens import estimate_request, estimate_tokens

logger = logging.getLogger(__name__)

LOADING_AFTER = 1.0
"""Seconds without a word after which it is looked whether the model has still to be loaded."""


@dataclass(slots=True)
class Ending:
    status: Status
    error: Error | None = None
    finish: str | None = None
    usage: types.Usage = types.Usage()
    answered: str | None = None
    """What the server says answered, if it says."""


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
        self._usage = types.Usage()
        self._target: Target | None = None
        self._request: types.ChatRequest | None = None
        self._asking: asyncio.Task[Ending] | None = None
        self.life = Life()
        self.record: AnswerMessage | None = None
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
        for line in self.transcript.lines():
            self._writer.add(journal, line)

    def stop(self, status: CutShort = "stopped") -> None:
        """Ends the answer with what is there. An answer that has not begun ends empty."""
        self.life.stop(status)
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
        with translation.override(self._language):
            viewer = await viewer_for(self.room.owner or "")
            target: Target | None = await registry.resolve(self.plan.lane["model"], viewer=viewer)
            while target is not None:
                try:
                    return await self._ask_target(target)
                except ProviderError as error:
                    registry.report(target, error)
                    missing = error.code == "model_not_found" and not self.life.has_words
                    target = await registry.replacement(target) if missing else None
                    if target is None:
                        raise
        raise ProviderError("internal")

    async def _ask_target(self, target: Target) -> Ending:
        for notice in target.notices:
            self._take(notice)
        self._target = target

        async def shorten(learned: types.Learned) -> types.ChatRequest:
            return await self._prepare(replace(target, learned=learned))

        async with acquire(target, self.show_status):
            if self.life.state == "queued":
                self.show_status()
            else:
                self.life.stream()
            request = await self._prepare(target)
            if self.plan.begins_with:
                self._push("text", self.plan.begins_with)
                self._flush()
            async with (
                self._told_of_loading(target),
                aclosing(stream_chat(target.connector, request, shorten=shorten)) as events,
            ):
                async for event in events:
                    kind = type(event)
                    if kind is types.TextDelta:
                        self._push("text", event.text)  # type: ignore[union-attr]
                    elif kind is types.Done:
                        done = cast(types.Done, event)
                        registry.report(target)
                        self._usage = done.usage
                        self._check_call(target)
                        return Ending("complete", None, done.finish, done.usage, done.model)
                    else:
                        self._take(event)
        raise ProviderError("bad_response", "the stream ended without its end")

    async def _prepare(self, target: Target) -> types.ChatRequest:
        """Called again where less can be sent than was thought."""
        prepared = await self.plan.prepare(target)
        self._request = prepared.request
        if prepared.facts != self.transcript.facts:
            self._write(self.transcript.set_facts(prepared.facts))
        return prepared.request

    def _check_call(self, target: Target) -> None:
        """A call that nothing answers is no answer, unless words came with it."""
        self._flush()
        calls = [part["name"] for part in self._extra if part["type"] == "tool_call"]
        if calls and not self.transcript.text.strip():
            raise UnansweredCallError(calls[0], server=target.server.name, model=target.model)

    @asynccontextmanager
    async def _told_of_loading(self, target: Target) -> AsyncGenerator[None]:
        """Says so where nothing comes because the server has still to load the model."""

        async def tell() -> None:
            await asyncio.sleep(LOADING_AFTER)
            if not self.life.has_words and await must_load(target.server, target.model):
                self._take(types.Notice("loading", {"model": target.model}))

        telling = asyncio.create_task(tell())
        try:
            yield
        finally:
            telling.cancel()

    def _take(self, event: types.StreamEvent) -> None:
        if isinstance(event, types.ReasoningDelta):
            self._push("reasoning", event.text)
            if event.signature:
                self._flush()
                self._write(self.transcript.sign(event.signature))
        elif isinstance(event, types.ToolCallDelta):
            self._extra.append(tool_call_part(event.call))
        elif isinstance(event, types.Usage):
            self._usage = event
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
            return Ending(self.life.cut_short or "interrupted", usage=self._usage)
        failure = stream.exception()
        if failure is None:
            return stream.result()
        server, model = split_ref(self.plan.lane["model"])
        if not isinstance(failure, ProviderError):
            logger.error("An answer of %s failed", self.plan.lane["model"], exc_info=failure)
            failure = ProviderError("internal")
        with translation.override(self._language):
            error: Error = {
                "code": failure.code,
                "message": provider_message(failure, server, model),
                "retryable": failure.retryable,
            }
        if failure.detail:
            error["detail"] = failure.detail[:2000]
        return Ending("failed", error, usage=self._usage)

    async def _keep(self, record: AnswerMessage) -> None:
        try:
            await self.room.append(record)
        except StoreError:
            # The text stays in the journal, which then counts as a dead process's: it is not lost.
            logger.exception("An answer could not be written to its file")
            self.room.live.pop(self.id, None)
            self.room.broadcast(self._not_saved())
            await self._close_journal(remove=False)
        else:
            await self._close_journal(remove=True)

    async def _close_journal(self, *, remove: bool) -> None:
        if self._journal is not None:
            await self._writer.close(self._journal, remove=remove)

    def _not_saved(self) -> Any:
        with translation.override(self._language):
            message = str(INTERNAL)
        return frame(
            {
                "type": "error",
                "conversation": self.room.id,
                "code": "internal",
                "message": message,
                "retryable": True,
            }
        )

    def _record(self, ending: Ending) -> AnswerMessage:
        header, target = self.transcript.header, self._target
        usage, estimated = self._counted(ending)
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
            "usage": usage_of(usage, estimated=estimated),
            "cost": self._cost(usage, estimated=estimated),
            "timing": self.life.timing(),
            "finish": ending.finish,
        }
        if ending.error is not None:
            record["error"] = ending.error
        if target is not None and (served := served_by(target, ending.answered)) != header["model"]:
            record["served_by"] = served
        if ending.status == "complete" and self._breaks_json():
            record["invalid_json"] = True
        for name in ("speaker", "continues", "synthesis", "sources", "files", "unread", "memory"):
            if name in header:
                record[name] = header[name]
        return record

    def _breaks_json(self) -> bool:
        """Whether JSON was asked for and something else came. An answer without words is told of as empty."""
        if self._request is None or not self._request.params.json:
            return False
        text = self.transcript.text
        return bool(text.strip()) and not holds_json(text)

    def _counted(self, ending: Ending) -> tuple[types.Usage, bool]:
        """Of one that was cut short, if need be, an estimate, and that it is one."""
        usage, request = ending.usage, self._request
        said = "".join(part.get("text", "") for part in self.transcript.parts())  # type: ignore[misc]
        said = said.removeprefix(self.plan.begins_with)
        if ending.status == "complete" or usage.output is not None or request is None or not said:
            return usage, False
        read = estimate_request(request) if usage.input is None else usage.input
        return replace(usage, input=read, output=estimate_tokens(said)), True

    def _cost(self, usage: types.Usage, *, estimated: bool) -> Cost:
        """What was said has to be paid for, also by one that was cut short."""
        if (target := self._target) is None:
            return {"usd": None, "source": "unknown"}
        cost = cost_of(target.server, target.model, usage, info=target.info)
        kept: Cost = {"usd": cost.usd, "source": cost.source}
        return {**kept, "estimated": True} if estimated and cost.source == "priced" else kept
