import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass, field

from django.utils.translation import gettext as _

from chat.actions import auto
from chat.actions.asking import answer_headers, ask_lanes
from chat.actions.branches import copied_settings, turns_on_path
from chat.actions.completion import run_to_completion
from chat.actions.folder_choice import folder_records
from chat.actions.records import conversation_record
from chat.actions.turns import shown_answer
from chat.engine import current_engine
from chat.engine.answers.tool_calls import UNASKED
from chat.engine.room import Room
from chat.policy.access import User
from chat.policy.spending import check_budget
from chat.protocol.errors import ChatError
from chat.replay.plan import ReplayPlan
from conversations.errors import StoreError
from conversations.records import AnswerMessage, UserMessage
from conversations.shapes import parts_of
from core.times import timestamp

logger = logging.getLogger(__name__)

CUT = ("stopped", "interrupted")

Progress = Callable[[int, int], None]


def no_progress(done: int, total: int) -> None:
    pass


@dataclass(slots=True)
class Replay:
    """The new conversation, and what has been answered in it. It ends early where a person stops an answer,
    the budget is used up or the conversation is deleted. `attended`: a person can be asked whether a call of
    a tool may be made."""

    user: User
    plan: ReplayPlan
    room: Room
    attended: bool = True
    answers: list[AnswerMessage] = field(default_factory=list)
    refusal: ChatError | None = None

    @property
    def total(self) -> int:
        return len(self.plan.questions) * len(self.plan.lanes)

    @property
    def complete(self) -> bool:
        """Whether everything was asked, and answered."""
        return len(self.answers) == self.total and all(one["status"] == "complete" for one in self.answers)

    def refused_tools(self) -> list[str]:
        """Names of the tools of which a call was not made, since nobody could be asked."""
        return sorted(
            {
                part["name"]
                for answer in self.answers
                for part in parts_of(answer)
                if part["type"] == "tool_result" and part["content"] == UNASKED
            }
        )

    async def run(self, progress: Progress = no_progress) -> None:
        progress(0, self.total)
        try:
            for question in self.plan.questions:
                await check_budget(self.user, self.room)
                ended = await self._ask(question, progress)
                if len(ended) < len(self.plan.lanes) or any(one["status"] in CUT for one in ended):
                    return
        except ChatError as refusal:
            self.refusal = refusal
            self.room.note("replay_ended", {"reason": str(refusal.message)})
        except StoreError:
            logger.exception("A replay could not go on")

    async def _ask(self, question: UserMessage, progress: Progress) -> list[AnswerMessage]:
        """The message keeps its id: so the two conversations can be laid beside each other."""
        room = self.room
        async with room.command_lock:
            message: UserMessage = {
                "type": "message",
                "at": timestamp(),
                "id": question["id"],
                "parent": shown_answer(room),
                "role": "user",
                "parts": parts_of(question),
                "lanes": [lane["id"] for lane in self.plan.lanes],
            }
            if documents := question.get("documents"):
                message["documents"] = documents
            row = await auto.choose_lanes(auto.place_in_room(room, message), message, self.plan.lanes)
            headers = answer_headers(message, row)
            journals = await current_engine().post(room, [message], headers, after=None)
            begun = await ask_lanes(room, message, row, headers, journals, attended=self.attended)
            answers = [current_engine().answers[answer] for answer in begun]
        for next_ended in asyncio.as_completed([answer.ended.wait() for answer in answers]):
            await next_ended
            progress(len(self.answers) + sum(answer.ended.is_set() for answer in answers), self.total)
        ended = [answer.record for answer in answers if answer.record is not None]
        self.answers += ended
        return ended


@run_to_completion
async def begin_replay(user: User, plan: ReplayPlan, *, attended: bool = True) -> Replay:
    """The new conversation, on disk, with the turns before the first question as they stood. Asks nothing
    yet: `run` does."""
    tree = plan.room.file.tree
    settings = copied_settings(tree)
    settings["lanes"] = plan.lanes
    title = _("%(title)s (re-run)") % {"title": settings["title"] or plan.room.id}
    first = conversation_record(user, title, settings)
    first["title_by"] = "person"
    first["replay_of"] = {"conversation": plan.room.id, "message": plan.questions[0]["id"]}
    parent = plan.questions[0]["parent"]
    before = turns_on_path(tree, parent) if parent is not None else []
    records = await asyncio.to_thread(plan.room.file.stored_messages, before)
    head = [{"type": "head", "at": timestamp(), "message": parent}] if parent in before else []
    before_head = [*folder_records(settings["folder"]), *records]
    room, _news = await current_engine().rooms.create(first, *before_head, *head)  # type: ignore[arg-type]
    return Replay(user, plan, room, attended)
