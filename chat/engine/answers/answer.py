import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable, Sequence
from contextlib import aclosing
from dataclasses import replace
from typing import Any, cast

from django.conf import settings
from django.utils import translation

from chat.engine.answers.answer_requests import AnswerRequests, prepare_without_tools
from chat.engine.answers.ending import Ending, ending_of
from chat.engine.answers.journal_writer import JournalWriter
from chat.engine.answers.json_answers import breaks_json
from chat.engine.answers.life import CutShort, Life
from chat.engine.answers.pictures import Pictures
from chat.engine.answers.plan import Plan
from chat.engine.answers.record_fields import (
    cost_in_record,
    names_of_server,
    sum_spent,
    tool_call_part,
    usage_of,
    waiting_call,
)
from chat.engine.answers.rounds import RoundLimits, RoundResult, ask_in_rounds
from chat.engine.answers.saving import append_until_kept
from chat.engine.answers.telling import Telling
from chat.engine.answers.tool_calls import ToolCalls
from chat.engine.answers.toolbox import CallOutcome, OpenToolbox, PersonDecision
from chat.engine.away import try_until_back
from chat.engine.frames import make_frame
from chat.engine.room import Room
from chat.engine.transcript import PartName
from chat.protocol.errors import INTERNAL
from conversations.answer_parts import INTERRUPTED, TOOLS_OFF, missing_results
from conversations.errors import StoreError
from conversations.records import AnswerMessage, AskedAnswer, ToolCallPart
from conversations.store.base import Journal
from core.error_fields import error_fields
from core.times import timestamp
from providers import types
from providers.asking import Asking, Question, RequestUsage, ask
from providers.catalogue.listing import Viewer
from providers.catalogue.viewers import viewer_for
from providers.errors import ProviderError, UnansweredCallError
from providers.ollama.administration import must_load
from providers.registry import Target

logger = logging.getLogger(__name__)

before_asking: "list[Callable[[Answer, Target, types.ChatRequest], Awaitable[None]]]" = []
"""Called with each request before its server is asked; a ChatError ends the answer with it."""
LOADING_AFTER = 1.0
"""Seconds without a word after which it is looked whether the model has still to be loaded."""
SECONDS_OF_TOOLS = 300.0
"""That all tools of one answer may run."""

Round = RoundResult[ToolCallPart, types.Done]


class Answer:
    """One model's answer as a task of the server: asks, journals, shows, and at the end keeps it as one
    record. It ends in exactly one record, whatever happens on the way."""

    def __init__(
        self,
        room: Room,
        plan: Plan,
        journal: Journal | None,
        writer: JournalWriter,
        language: str,
        tell_waiting: Callable[[Room], None] = lambda room: None,
    ) -> None:
        self.room = room
        self.plan = plan
        self.id = plan.header["id"]
        self._telling = Telling(room, plan.header, journal, writer)
        self.transcript = self._telling.said
        self._language = language
        self._tell_waiting = tell_waiting
        self._pending: list[str] = []
        self._pending_part: PartName = "text"
        self._asked: Asking | None = None
        self._rounds: list[Asking] = []
        self._acting: AnswerRequests | None = None
        self._calling: ToolCalls | None = None
        self._loading: asyncio.TimerHandle | asyncio.Task[None] | None = None
        self._asking: asyncio.Task[Ending] | None = None
        self.life = Life()
        self._pictures = Pictures(room, self.id)
        self._saved = True
        self._last_try = asyncio.Event()
        self.record: AnswerMessage | None = None
        if journal is not None:
            writer.watch(journal, self._tell_saved, self.stop)
        room.live[self.id] = self._telling.shown

    async def run(self, when_ended: "Callable[[Answer], None]") -> None:
        """Returns when the answer's record is on disk and shown. `when_ended` is called just before."""
        try:
            ending = await self._ask_unless_stopped()
            self._flush()
            self._end_calls()
            self.life.end(ending.status)
            self.record = self._record(ending)
            when_ended(self)
            await self._keep(self.record)
        finally:
            self._let_go_of_requests()
            self.ended.set()

    def _let_go_of_requests(self) -> None:
        """They know the answer as it knows them: only Python's collector would find that both are over."""
        self._asked = self._acting = self._calling = self._loading = self._asking = None
        self._rounds = []

    @property
    def ended(self) -> asyncio.Event:
        """Set when its record is on disk and shown, or could not be written."""
        return self.life.ended

    def is_written_by(self, writer: JournalWriter) -> bool:
        return self._telling.journal is not None and self._telling.writer is writer

    async def write_down(self, journal: Journal, writer: JournalWriter) -> None:
        """Here, and nowhere else, from now on: what was shown so far, and all that comes."""
        writer.watch(journal, self._tell_saved, self.stop)
        await self._telling.write_down(journal, writer)

    def stop(self, status: CutShort = "stopped") -> None:
        """Ends the answer with what is there. An answer that has not begun ends empty."""
        self.life.stop(status)
        if status == "interrupted":
            # The process ends: a record that the disk refuses cannot wait any longer.
            self._last_try.set()
        if self._asking is not None:
            self._asking.cancel()

    def show_status(self, position: int | None = None) -> None:
        """Tells the readers that the answer waits (`position` of the queue), streams (None), or waits for a
        person, where a call does."""
        waiting = self.transcript.waiting
        if waiting:
            self.life.wait()
        elif position is None:
            self.life.stream()
        else:
            self.life.queue(position)
        header = self.life.mark_header(self.plan.header)
        self._telling.set_header({**header, "calls": waiting} if waiting else header)
        self.room.broadcast(
            make_frame({"type": "start", "conversation": self.room.id, "message": self.transcript.header})
        )

    async def _ask_unless_stopped(self) -> Ending:
        if self.life.cut_short is not None:
            return Ending(self.life.cut_short)
        self._asking = asyncio.create_task(self._ask_until_back())
        await asyncio.wait({self._asking})
        return ending_of(self._asking, self.life.cut_short, self.plan.lane["model"], self._language)

    async def _ask_until_back(self) -> Ending:
        """Again where the database was away for a moment before any request went out."""
        return await try_until_back(self._ask, may_try=lambda: self._loading is None)

    async def _ask(self) -> Ending:
        self._asked = None
        self._rounds.clear()
        await self.life.wait_in_line(self.show_status)
        if self.life.state == "queued":
            self.show_status()
        translation.activate(self._language)  # The task is the answer's own.
        viewer = await viewer_for(self.room.owner or "")
        if (open_toolbox := self.plan.open_toolbox) is not None:
            said = await self._ask_with_tools(viewer, open_toolbox)
        else:
            said = await self._ask_once(viewer)
            self._check_call(said.calls)
        return Ending("complete", done=said.done)

    async def _ask_with_tools(self, viewer: Viewer, open_toolbox: OpenToolbox) -> Round:
        toolbox = await open_toolbox()
        acting = self._acting = AnswerRequests(self.plan, self.transcript, toolbox)
        calling = self._calling = ToolCalls(toolbox, self._keep_calls, self._show_result)

        async def ask_round(may_call: bool) -> Round:
            acting.may_call = may_call
            return await self._ask_once(viewer)

        limits = RoundLimits(settings.TOOL_ROUNDS, SECONDS_OF_TOOLS)
        return await ask_in_rounds(
            ask_round, calling.make, limits, lambda: self.room.note("tool_limit", message=self.id)
        )

    async def _ask_once(self, viewer: Viewer) -> Round:
        """One request to the model. A place at its server is held for this alone."""
        otherwise = self.plan.otherwise if self._asked is None else ()
        follow = self._follow_queue
        question = Question(self._model(), self._prepare, viewer, on_position=follow, otherwise=otherwise)
        asked = self._asked = ask(question)
        self._rounds.append(asked)
        calls: list[ToolCallPart] = []
        try:
            async with aclosing(asked.events()) as events:
                async for event in events:
                    kind = type(event)
                    if kind is types.TextDelta:
                        self._push("text", event.text)  # type: ignore[union-attr]
                    elif kind is types.Done:
                        self._flush()
                        return RoundResult(cast(types.Done, event), calls)
                    elif kind is types.ToolCallDelta:
                        calls.append(self._take_call(event.call))  # type: ignore[union-attr]
                    elif kind is types.PictureDelta:
                        await self._take_picture(event.data)  # type: ignore[union-attr]
                    else:
                        self._take(event)
        finally:
            if self._loading is not None:
                self._loading.cancel()
        raise ProviderError("bad_response", "the stream ended without its end")

    def _model(self) -> str | Target:
        """Later rounds are asked of what answered the first."""
        target = None if self._asked is None else self._asked.target
        return self.plan.lane["model"] if target is None else replace(target, notices=())

    def _follow_queue(self, position: int | None) -> None:
        """`position`: None where a request goes out."""
        if position is not None or self.life.state == "queued":
            self.show_status(position)
        elif self._loading is None:
            self.life.stream()
        if position is None and self._loading is None:
            self._loading = asyncio.get_running_loop().call_later(LOADING_AFTER, self._look_for_loading)
            self._push("text", self.plan.begins_with)
            self._flush()

    async def _prepare(self, target: Target) -> types.ChatRequest:
        """Called for each round, and again where less can be sent than was thought."""
        acting, plan = self._acting, self.plan
        prepared = await (prepare_without_tools(plan, target) if acting is None else acting.prepare(target))
        for allow in before_asking:
            await allow(self, target, prepared.request)
        if prepared.facts != self.transcript.facts:
            self._telling.set_facts(prepared.facts)
        return prepared.request

    def _check_call(self, calls: Sequence[ToolCallPart]) -> None:
        """A call that nothing answers is no answer, unless words came with it."""
        target = None if self._asked is None else self._asked.target
        if calls and target is not None and not self.transcript.text.strip():
            raise UnansweredCallError(calls[0]["name"], server=target.server.name, model=target.model)

    def _take_call(self, called: types.ToolCall) -> ToolCallPart:
        self._flush()
        self.life.note_first_word()
        acting = self._acting
        call = tool_call_part(called) if acting is None else acting.describe_call(called)
        self._telling.add_part(call)
        return call

    async def _take_picture(self, data: bytes) -> None:
        self._flush()
        self.life.note_first_word()
        if (part := await self._pictures.keep_picture(data)) is not None:
            self._telling.add_part(part)

    def _show_result(self, outcome: CallOutcome) -> None:
        if (acting := self._acting) is not None:
            result = acting.cite(outcome)
            if outcome.sources:
                self._telling.set_facts(acting.with_sources(self.transcript.facts))
            self._telling.add_part(result)

    async def _keep_calls(self, waiting: Sequence[ToolCallPart]) -> None:
        """The calls are on disk to stay before any begins, and so is which of them wait for a person."""
        asked = list(map(waiting_call, waiting))
        if changed := asked != self.transcript.waiting:
            self._telling.set_waiting(asked)
        if (journal := self._telling.journal) is not None:
            await self._telling.writer.sync(journal)
        if changed:
            self.show_status()
            self._tell_waiting(self.room)

    def approve(self, calls: Iterable[str], decided: PersonDecision) -> list[ToolCallPart]:
        """Returns those of the calls that waited for a person."""
        return [] if self._calling is None else self._calling.apply_decision(calls, decided)

    def approve_equals(self, others: Sequence[ToolCallPart], decided: PersonDecision) -> None:
        """Applies what was said of calls of the same turn to equal ones of this answer."""
        if self._calling is not None:
            self._calling.apply_decision_to_equals(others, decided)

    def _end_calls(self) -> None:
        """Calls that were cut short, came past the limit, or were offered by nobody have a result too."""
        why = TOOLS_OFF if self._acting is None else INTERRUPTED
        for result in missing_results(self.transcript.parts(), why):
            self._telling.add_part(result)

    def _look_for_loading(self) -> None:
        """Says so where nothing comes because the server has still to load the model."""
        if not self.life.has_words and self._asked is not None and (target := self._asked.target) is not None:
            self._loading = asyncio.create_task(self._tell_of_loading(target))

    async def _tell_of_loading(self, target: Target) -> None:
        if await must_load(target.server, target.model):
            self._take(types.Notice("loading", {"model": target.model}))

    def _take(self, event: types.StreamEvent) -> None:
        if isinstance(event, types.ReasoningDelta):
            self._push("reasoning", event.text)
            if event.signature:
                self._flush()
                self._telling.sign(event.signature)
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
        self.life.note_first_word()
        self._pending_part = part
        self._pending.append(text)

    def _flush(self) -> None:
        if not self._pending:
            return
        text = "".join(self._pending)
        self._pending.clear()
        self._telling.add(self._pending_part, text)

    async def _keep(self, record: AnswerMessage) -> None:
        writer, journal = self._telling.writer, self._telling.journal
        try:
            await append_until_kept(self.room, record, writer, journal, self._tell_saved, self._last_try)
        except StoreError:
            # The text stays in the journal, which then counts as a dead process's: it is not lost.
            logger.exception("An answer could not be written to its file")
            self.room.live.pop(self.id, None)
            self.room.broadcast(self._not_saved())
            if (left := self._telling.journal) is not None:
                await self._telling.writer.close(left, remove=False)
        else:
            # A temporary conversation may have been kept meanwhile.
            if (left := self._telling.journal) is not None and left is not journal:
                await self._telling.writer.close(left, remove=True)

    def _tell_saved(self, saved: bool) -> None:
        if saved != self._saved:
            self._saved = saved
            with translation.override(self._language):
                self.room.note("saved" if saved else "unsaved", message=self.id)

    def _not_saved(self) -> Any:
        with translation.override(self._language):
            fields = error_fields("internal", INTERNAL, retryable=True)
        return make_frame({"type": "error", "conversation": self.room.id, **fields})

    def spent(self) -> RequestUsage:
        """What it has cost so far, all rounds together."""
        return sum_spent(self._rounds)

    def _record(self, ending: Ending) -> AnswerMessage:
        header, asked, done = self.transcript.header, self._asked, ending.done
        spent = self.spent()
        record: AnswerMessage = {
            "type": "message",
            "at": timestamp(),
            "id": self.id,
            "parent": header["parent"],
            "role": "assistant",
            "lane": header["lane"],
            "model": header["model"],
            "parts": self.transcript.parts(),
            "status": ending.status,
            "usage": usage_of(spent, self._rounds),
            "cost": cost_in_record(spent),
            "timing": self.life.timing(),
            "finish": None if done is None else done.finish,
        }
        if ending.error is not None:
            record["error"] = ending.error
        request = asked.request if asked else None
        if ending.status == "complete" and breaks_json(request, self.transcript.last_text):
            record["invalid_json"] = True
        told = {name: value for name, value in header.items() if name in AskedAnswer.__optional_keys__}
        target, answered = asked.target if asked else None, done.model if done else None
        names = names_of_server(target, answered, header)
        return cast(AnswerMessage, {**record, **told, **names})
