"""What the lanes of one turn share: the tools, the results of equal calls, what was allowed, addresses."""

import asyncio
import logging
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.utils import translation

from chat.engine.answers.toolbox import PersonDecision
from chat.engine.room import Room
from chat.policy.spending import folder_of
from chat.tools.addresses import Addresses
from chat.tools.base import Caller, Policy, Tool, ToolError, ToolOutcome
from chat.tools.catalogue import tools_at_begin, tools_for
from conversations.shapes import parts_of
from core.shared_work import SharedWork

logger = logging.getLogger(__name__)

TOO_LONG = "The tool gave no answer within {seconds:g} seconds. It is not known whether this was done."
FAILED = "The tool failed. It is not known whether this was done."

Key = tuple[str, str]
"""A tool's name, and its arguments as canonical JSON."""


@dataclass(frozen=True, slots=True)
class TimedOutcome:
    """What a call gave. `ms`: how long it ran."""

    outcome: ToolOutcome
    ms: int


class SharedCall:
    """One call that serves all who make an equal one. It is given up when nobody waits for it any more."""

    def __init__(self, task: "asyncio.Task[TimedOutcome]") -> None:
        self.task = task
        self._waiting = 0

    async def result(self) -> TimedOutcome:
        self._waiting += 1
        try:
            return await asyncio.shield(self.task)
        finally:
            self._waiting -= 1
            if not self._waiting and not self.task.done():
                self.task.cancel()


class TurnTools:
    """What the answers to one message share, or one answer that is asked for anew."""

    def __init__(self, room: Room, message: str | None, language: str, *, attended: bool = True) -> None:
        """`message`: the last that the lanes are told of. `attended`: a person can be asked."""
        self.room = room
        self.owner = room.owner or ""
        self.language = language
        self.attended = attended
        self.tools: Mapping[str, Tool] = {}
        self._message = message
        self._written = SharedWork(lambda: asyncio.to_thread(self._written_addresses))
        self._opening = SharedWork(self._open)
        self._runs: dict[Key, SharedCall] = {}
        self._decided: dict[Key, PersonDecision] = {}

    async def open(self) -> None:
        """Looks up the tools, once for all lanes."""
        await self._opening.get()

    async def _open(self) -> None:
        tools = await tools_at_begin(self.owner, patient=not self.attended)
        self.tools = {tool.name: tool for tool in tools}

    async def _addresses(self) -> Addresses:
        """That may be opened; read from the disk once something is called."""
        return await self._written.get()

    def _written_addresses(self) -> Addresses:
        """Blocks on the disk."""
        texts: list[str] = []
        path = self.room.file.tree.path(self._message) if self._message else []
        for record in self.room.file.messages(path):
            if record["role"] == "user":
                texts += [part["text"] for part in parts_of(record) if part["type"] == "text"]
            else:
                texts += [str(source["url"]) for source in record.get("sources", ()) if "url" in source]
        return Addresses(texts)

    def _add_what_was_given(self, addresses: Addresses, answer: str) -> None:
        """The pages of a search that came before the answer are known to it too."""
        if (live := self.room.live.get(answer)) is not None:
            for source in live.facts.get("sources", ()):
                if isinstance(url := source.get("url"), str):
                    addresses.add(url)

    async def policy_of(self, tool: Tool) -> Policy:
        """As it holds at this moment: a person may have said otherwise since the turn began, for ever too.
        What they may no longer use at all is denied."""
        known = await tools_for(self.owner)
        return next((one.policy for one in known if one.name == tool.name), "deny")

    def note_decision(self, key: Key, decided: PersonDecision) -> None:
        """Keeps what a person said of a call: it holds for all equal calls of the turn."""
        self._decided[key] = decided

    def decision_on(self, key: Key) -> PersonDecision | None:
        """What a person has said in this turn of a call that is equal."""
        return self._decided.get(key)

    async def run(self, tool: Tool, key: Key, arguments: Mapping[str, Any], answer: str) -> TimedOutcome:
        """A tool that only reads runs once for equal calls. What failed may be tried again."""
        addresses = await self._addresses()
        self._add_what_was_given(addresses, answer)
        caller = Caller(self.owner, self.room.id, answer, self.language, addresses, folder_of(self.room))
        if not tool.read_only:
            return await run_tool(tool, caller, arguments)
        known = self._runs.get(key)
        if known is None or known.task.cancelling() or (known.task.done() and failed(known.task)):
            known = self._runs[key] = SharedCall(asyncio.create_task(run_tool(tool, caller, arguments)))
        return await known.result()


def failed(task: "asyncio.Task[TimedOutcome]") -> bool:
    return task.cancelled() or task.result().outcome.is_error


async def run_tool(tool: Tool, caller: Caller, arguments: Mapping[str, Any]) -> TimedOutcome:
    """Runs a tool within its time. Whatever it raises is an outcome with `is_error`; only cancellation is
    raised."""
    began = time.monotonic()
    try:
        with translation.override(caller.language):
            async with asyncio.timeout(settings.TOOL_SECONDS):
                outcome = await tool.run(caller, arguments)
    except ToolError as error:
        outcome = ToolOutcome(str(error), is_error=True)
    except TimeoutError:
        outcome = ToolOutcome(TOO_LONG.format(seconds=settings.TOOL_SECONDS), is_error=True)
    except Exception:
        logger.exception("The tool %s failed", tool.name)
        outcome = ToolOutcome(FAILED, is_error=True)
    return TimedOutcome(outcome, round((time.monotonic() - began) * 1000))


def allowed_tools(tools: Mapping[str, Tool], wanted: bool | Sequence[str]) -> dict[str, Tool]:
    """Those that a lane may use: of what it wants, what its person may."""
    return {
        name: tool
        for name, tool in tools.items()
        if tool.policy != "deny"
        and not tool.reason
        and (wanted is True or (wanted is not False and (name in wanted or tool.source in wanted)))
    }
