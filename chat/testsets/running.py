"""A run while it goes on: a task of the server that asks case after case, a few at once, all lanes of each
together. Nothing is asked twice that ended: what was asked stands in the run, and what came of it in the
conversations.
"""

import asyncio
import logging
from collections.abc import Callable, Iterator
from typing import Any, cast

from asgiref.sync import sync_to_async
from django.conf import settings
from django.utils import translation

from chat.actions.asking import answer_headers, ask_lanes
from chat.actions.auto import choose_lanes, place_in_room
from chat.actions.records import conversation_record, settings_record
from chat.engine import current_engine
from chat.engine.draining import draining
from chat.engine.room import Room
from chat.policy.access import User, access_conversation
from chat.policy.running import place_for_answers
from chat.policy.spending import account_of, check_budget, is_budget_used_up
from chat.prompting import context
from chat.prompting.attachments import attachment_parts
from chat.protocol.errors import ChatError, InvalidError, NotFoundError, RateLimitedError
from chat.testsets import stored_runs
from chat.testsets.checks import Verdict, run_checks
from chat.testsets.judging import judge_answer
from chat.testsets.stored_runs import Place, StoredRun
from conversations.errors import (
    ConversationExistsError,
    RunNotFoundError,
    RunTakenError,
    StorageError,
)
from conversations.ids import new_conversation_id
from conversations.owners import owner_of
from conversations.records import AnswerMessage, Part, UserMessage
from conversations.settings import Lane, Settings
from conversations.store.testsets import RunHold
from core.accounts import may_act, owner_named
from core.times import timestamp
from providers.errors import OverBudgetError

logger = logging.getLogger(__name__)

CASES_AT_ONCE = 4
LOOK = 0.5
"""Seconds between two looks at whether somebody, in whichever process, has stopped it."""
ROOM_AGAIN = 1.0
"""Seconds, while a person's other answers leave none to begin."""
OUT_OF_BUDGET = "quota"

Progress = Callable[[int, int], None]


def no_progress(done: int, total: int) -> None:
    pass


class RunningTestSet:
    """Ends by itself: when all has a result, when it is stopped, or when the server ends; then another
    process, or the next start, goes on with it."""

    def __init__(self, user: User, run: StoredRun, hold: RunHold, progress: Progress = no_progress) -> None:
        self.run = run
        self._user = user
        self._hold = hold
        self._progress = progress
        self._cases = {case["id"]: case for case in run.cases}
        self._rooms: set[Room] = set()
        self._stopped = False

    async def run_to_end(self) -> None:
        """Asks and judges until nothing is left. What it could not write it logs: it is tried again."""
        watching = asyncio.create_task(self._watch())
        self._progress(len(self.run.results), self.run.total)
        try:
            with translation.override(self.run.header.get("language") or settings.LANGUAGE_CODE):
                await self._work_together()
            if self.run.state == "done":
                await asyncio.to_thread(self._hold.end)
        except RunNotFoundError:
            logger.info("The run %s was deleted while it went on", self.run.id)
        except RunTakenError:
            logger.info("The run %s goes on in another process", self.run.id)
        except StorageError as error:
            logger.error("The run %s could not be written: %s", self.run.id, error)
        finally:
            watching.cancel()
            await asyncio.to_thread(self._hold.release)

    async def _work_together(self) -> None:
        """A few cases at once. Where one of them cannot go on, none does when this is over."""
        places = iter([place for place in self.run.places() if self.run.missing(place)])
        working = [asyncio.create_task(self._work(places)) for _ in range(CASES_AT_ONCE)]
        try:
            await asyncio.gather(*working)
        finally:
            for task in working:
                task.cancel()
            await asyncio.gather(*working, return_exceptions=True)

    def should_go_on(self) -> bool:
        return not (self._stopped or current_engine().is_closing or draining.has_begun)

    async def _watch(self) -> None:
        """Until it is stopped, in whichever process, or has changed hands: then its answers are waited for
        elsewhere, and stream on."""
        while True:
            await asyncio.sleep(LOOK)
            try:
                standing = await asyncio.to_thread(self._hold.check_standing)
            except StorageError:
                continue
            if standing == "stopped":
                for room in self._rooms:
                    current_engine().stop(room, None)
            if standing != "held":
                self._stopped = True
                return

    async def _work(self, places: Iterator[Place]) -> None:
        for place in places:
            if not self.should_go_on():
                return
            try:
                await self._ask_place(place)
            except (ChatError, OverBudgetError) as refusal:
                reason = refusal.message if isinstance(refusal, ChatError) else refusal.sentence
                self.run.reason = str(reason)
                self._stopped = True
                lines = stored_runs.encode_lines(stored_runs.stopped_record(self.run.reason))
                await asyncio.to_thread(self._hold.stop, lines)

    async def _ask_place(self, place: Place) -> None:
        """Raises ChatError, OverBudgetError where the run cannot go on, and what its hold raises."""
        row = [self._lane_for(lane, place) for lane in self.run.missing(place)]
        try:
            room = await self._open(place)
        except InvalidError as error:
            # A file of the case is not there any more.
            await self._keep(place, [self._unasked(place, lane, str(error.message)) for lane in row])
            return
        if room is None:
            await self._keep(place, [self._unasked(place, lane, "deleted") for lane in row])
            return
        self._rooms.add(room)
        try:
            await self._answer(place, room, row)
        finally:
            self._rooms.discard(room)

    def _lane_for(self, lane: dict[str, Any], place: Place) -> Lane:
        """What the case tells models stands behind what the lane tells its own."""
        told = [lane.get("system"), self._cases[place[0]].get("system")]
        return cast(Lane, {**lane, "system": "\n\n".join(filter(None, told))})

    async def _open(self, place: Place) -> Room | None:
        """The conversation of this case; None where somebody deleted it. Raises InvalidError."""
        parts = await self._parts(place)
        known = self.run.asked.get(place)
        if known is not None:
            try:
                return await access_conversation(self._user, known)
            except NotFoundError:
                if await asyncio.to_thread(current_engine().store.trashed.holds, known):
                    return None
        conversation = known or await self._announce(place)
        try:
            return await self._begin(place, conversation, parts)
        except ConversationExistsError:
            # Made just now by the process that did this run before, or does it by now.
            return await access_conversation(self._user, conversation)

    async def _parts(self, place: Place) -> list[Part]:
        case = self._cases[place[0]]
        said: list[Part] = [{"type": "text", "text": case["text"]}] if case["text"].strip() else []
        return said + await attachment_parts(self._user.owner_id, case.get("attachments", ()))

    async def _announce(self, place: Place) -> str:
        """The id of its conversation is on disk before that is made: so it is made once."""
        conversation = new_conversation_id()
        asked = {"type": "asked", "case": place[0], "round": place[1], "conversation": conversation}
        await asyncio.to_thread(self._hold.append, stored_runs.encode_lines(asked))
        self.run.asked[place] = conversation
        return conversation

    async def _begin(self, place: Place, conversation: str, parts: list[Part]) -> Room:
        """Out of the way of the person's own, in the archive; without what they tell models of themselves."""
        row = [self._lane_for(lane, place) for lane in self.run.lanes]
        title = f"{self.run.header.get('name', '')}: {self._cases[place[0]]['text']}"[:100]
        record = conversation_record(self._user, title, cast(Settings, {"lanes": row, "memory": False}))
        record["id"] = conversation
        record["title_by"] = "person"
        record["testset"] = {"id": self.run.testset, "run": self.run.id}
        question: UserMessage = {
            "type": "message",
            "at": timestamp(),
            "id": place[0],
            "parent": None,
            "role": "user",
            "parts": parts,
            "lanes": [lane["id"] for lane in row],
        }
        archived = settings_record({"archived": True})
        room, _news = await current_engine().rooms.create(record, archived, question)
        return room

    async def _answer(self, place: Place, room: Room, row: list[Lane]) -> None:
        question = place[0]
        # Also those that another process gives, which did this run before.
        async with room.following_other_processes():
            for live in [live for live in room.live.values() if live.header["parent"] == question]:
                await live.ended.wait()
        # What ended elsewhere between the room's opening and this is no live answer any more.
        await room.catch_up()
        ended = await asyncio.to_thread(ended_answers, room, question)
        known = {lane["id"]: ended.get(lane["id"]) for lane in row}
        unasked = [lane for lane in row if known[lane["id"]] is None]
        if unasked and self.should_go_on() and await self._is_held():
            await check_budget(self._user, room)
            asked = await self._ask(place, room, unasked)
            known |= {lane["id"]: answer for lane, answer in zip(unasked, asked, strict=False)}
        finishing = [
            self._finish(place, room, lane, answer)
            for lane in row
            if (answer := known[lane["id"]]) is not None
        ]
        outcomes = await asyncio.gather(*finishing, return_exceptions=True)
        for failure in (outcome for outcome in outcomes if isinstance(outcome, BaseException)):
            raise failure

    async def _is_held(self) -> bool:
        """One that stood still may have lost the run meanwhile: what is asked twice is paid twice."""
        return await asyncio.to_thread(self._hold.check_standing) == "held"

    async def _ask(self, place: Place, room: Room, row: list[Lane]) -> list[str]:
        """Waits while the person's other answers are as many as may be. Empty where the run ends first."""
        message = cast(UserMessage, (await asyncio.to_thread(room.file.messages, [place[0]]))[0])
        # Of all lanes: what Auto chooses for one depends on what the others ask.
        every = [self._lane_for(lane, place) for lane in self.run.lanes]
        chosen = await choose_lanes(place_in_room(room, message), message, every)
        wanted = {lane["id"] for lane in row}
        asked = [one for one in chosen if one.lane["id"] in wanted]
        while self.should_go_on():
            try:
                async with room.command_lock, place_for_answers(self._user.owner_id, len(row)):
                    return await ask_lanes(room, message, asked, answer_headers(message, asked))
            except RateLimitedError:
                await asyncio.sleep(ROOM_AGAIN)
        return []

    async def _finish(self, place: Place, room: Room, lane: Lane, answer: str) -> None:
        """An answer that was cut short by a stop, or by the budget, has no result: it is asked again when
        the run goes on."""
        if (running := current_engine().answers.get(answer)) is not None:
            await running.ended.wait()
        if answer not in room.file.tree.messages:
            return
        record = cast(AnswerMessage, (await asyncio.to_thread(room.file.messages, [answer]))[0])
        if record["status"] == "interrupted" or (record["status"] == "stopped" and not self.should_go_on()):
            return
        if is_over_budget(record) and await is_budget_used_up(room):
            await check_budget(self._user, room)
        checks = await self._check(place, room, record)
        await self._keep(place, [result_of(place, room.id, lane["id"], record, checks)])

    async def _check(self, place: Place, room: Room, answer: AnswerMessage) -> list[dict[str, Any]]:
        checks = self._cases[place[0]]["checks"]
        verdicts = await run_checks(answer, checks)
        return [
            {"kind": check["kind"], **(verdict or await self._judge(place, room, answer, check["value"]))}
            for check, verdict in zip(checks, verdicts, strict=True)
        ]

    async def _judge(self, place: Place, room: Room, answer: AnswerMessage, criteria: str) -> Verdict:
        question, said = self._cases[place[0]]["text"], context.text_of(answer)
        judge, account = self.run.header["judge"], account_of(room, "judging")
        return await judge_answer(judge, question, criteria, said, account)

    def _unasked(self, place: Place, lane: Lane, why: str) -> dict[str, Any]:
        checks = [
            {"kind": check["kind"], "passed": False, "detail": why}
            for check in self._cases[place[0]]["checks"]
        ]
        return {
            **head_of(place, self.run.asked.get(place), lane["id"]),
            "message": None,
            "model": lane["model"],
            "status": "failed",
            "error": why,
            "checks": checks,
            "passed": 0,
        }

    async def _keep(self, place: Place, results: list[dict[str, Any]]) -> None:
        await asyncio.to_thread(self._hold.append, stored_runs.encode_lines(*results))
        for result in results:
            self.run.results[place, result["lane"]] = result
        self._progress(len(self.run.results), self.run.total)


def ended_answers(room: Room, question: str) -> dict[str, str]:
    """The last that each lane gave; what was cut short, or could not be paid for, counts for none. Blocks."""
    found: dict[str, str] = {}
    for record in room.file.messages(room.file.tree.children(question)):
        answer = cast(AnswerMessage, record)
        if answer["status"] in ("complete", "failed") and not is_over_budget(answer):
            found[answer["lane"]] = answer["id"]
    return found


def is_over_budget(answer: AnswerMessage) -> bool:
    return answer["status"] == "failed" and answer.get("error", {}).get("code") == OUT_OF_BUDGET


def head_of(place: Place, conversation: str | None, lane: str) -> dict[str, Any]:
    return {
        "type": "result",
        "case": place[0],
        "round": place[1],
        "lane": lane,
        "conversation": conversation,
    }


def result_of(
    place: Place, conversation: str, lane: str, answer: AnswerMessage, checks: list[dict[str, Any]]
) -> dict[str, Any]:
    result = {
        **head_of(place, conversation, lane),
        "message": answer["id"],
        "model": answer["model"],
        "status": answer["status"],
        "checks": checks,
        "passed": sum(check["passed"] is True for check in checks),
        "total_ms": answer["timing"]["total_ms"],
        "first_token_ms": answer["timing"]["first_token_ms"],
        "usd": answer["cost"]["usd"],
        "output": answer["usage"]["output"],
    }
    if "served_by" in answer:
        result["served_by"] = answer["served_by"]
    if "error" in answer:
        result["error"] = answer["error"]["message"]
    return result


def spawn_run(running: RunningTestSet) -> None:
    current_engine().spawn(running.run_to_end())


async def take_up_run(testset: str, run: str) -> RunningTestSet | None:
    """The run, held by this process, where it is to go on and nobody does it: its process died. None where
    somebody does it. Raises NotFoundError, DamagedSetError."""
    hold = await asyncio.to_thread(stored_runs.take_over, testset, run)
    if hold is None:
        return None
    try:
        found = await asyncio.to_thread(stored_runs.read, testset, run)
        await asyncio.to_thread(stored_runs.check_askable, found)
        user = await sync_to_async(acting_owner, thread_sensitive=False)(found.header)
    except BaseException:
        await asyncio.to_thread(hold.release)
        raise
    return RunningTestSet(user, found, hold)


def acting_owner(header: dict[str, Any]) -> User:
    """Raises NotFoundError where nothing may be done in their name any more."""
    owner = owner_of(cast(Any, header)) or ""
    if not may_act(owner):
        raise NotFoundError
    return owner_named(owner)
