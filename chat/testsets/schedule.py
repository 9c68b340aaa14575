"""Runs that begin by themselves: `schedule` of a test set's file says when, in the person's time zone, and
`next` of it when the next one is due. Every process looks, and moves `next` on before the run begins, while
nobody else changes the test set: so it begins once, and one that was missed is made up once.
"""

import asyncio
import logging
from contextlib import suppress
from datetime import datetime
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from asgiref.sync import sync_to_async
from django.conf import settings
from django.utils import translation
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _
from pydantic import AfterValidator, ValidationError
from pydantic_core import PydanticCustomError

from chat.policy.access import User
from chat.protocol.errors import ChatError, InvalidError, NotFoundError
from chat.testsets import sets, stored_sets
from chat.testsets.cron import CronError, parse_cron
from chat.testsets.running import acting_owner, spawn_run
from chat.testsets.schemas import RunBody
from chat.testsets.stored_sets import DamagedSetError, Stored
from core.times import parse_moment, timestamp

logger = logging.getLogger(__name__)


def meaningful_cron(text: str) -> str:
    try:
        parse_cron(text)
    except CronError as error:
        raise PydanticCustomError("cron", "no schedule: {why}", {"why": str(error)}) from error
    return text


def known_zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError) as error:
        raise PydanticCustomError("zone", "there is no such time zone") from error
    return name


class ScheduleBody(RunBody):
    """`cron`: minute, hour, day, month, weekday, or `@daily` and the like. `dry_run`: only when it would run
    next; nothing is kept."""

    cron: Annotated[str, AfterValidator(meaningful_cron)]
    timezone: Annotated[str, AfterValidator(known_zone)] = "UTC"

    def next_after(self, moment: datetime) -> datetime | None:
        return parse_cron(self.cron).next_after(moment, ZoneInfo(self.timezone))


async def keep_schedule(user: User, testset: str, body: ScheduleBody) -> Stored:
    """Writes it with its next time, and with the language in which it says why it could not begin. Raises
    ChatError, also where the run would not begin now."""
    found = await sets.find_testset(user, testset)
    await sets.estimate_run(user, found, body)
    due = body.next_after(await asyncio.to_thread(stored_sets.now))
    if due is None:
        raise InvalidError(_("This schedule names no moment in the next years."))
    said = {
        **body.model_dump(mode="json", exclude={"dry_run"}, exclude_none=True),
        "language": get_language() or settings.LANGUAGE_CODE,
        "next": timestamp(due),
    }
    if body.dry_run:
        return {**found, "schedule": said}
    await asyncio.to_thread(lambda: stored_sets.change(testset, schedule=said))
    return await sets.find_testset(user, testset)


async def remove_schedule(user: User, testset: str) -> None:
    await sets.find_testset(user, testset)
    await asyncio.to_thread(lambda: stored_sets.change(testset, schedule=None))


async def begin_due_runs() -> None:
    """Those of everybody. What cannot begin says so in its file, as `problem`, until the next time."""
    for testset, schedule in await asyncio.to_thread(take_due):
        with translation.override(language_of(schedule)):
            try:
                await begin_scheduled_run(testset, schedule)
            except (ChatError, DamagedSetError) as error:
                said = str(error.message if isinstance(error, ChatError) else error)
                logger.warning("The run of the test set %s that was due did not begin: %s", testset, said)
                await asyncio.to_thread(note_problem, testset, said)


def take_due() -> list[tuple[str, dict[str, Any]]]:
    """Test sets whose run is due now, each taken for this process: its next time is on disk."""
    now, taken = stored_sets.now(), []
    for listed in stored_sets.all_listed():
        if listed.schedule is not None and not listed.problem and is_due(listed.schedule, now):
            # Somebody may have deleted it, or broken it, meanwhile.
            with suppress(NotFoundError, DamagedSetError):
                if (schedule := take_if_due(listed.id, now)) is not None:
                    taken.append((listed.id, schedule))
    return taken


def take_if_due(testset: str, now: datetime) -> dict[str, Any] | None:
    """Its schedule, where no other process has taken the run that is due. Raises NotFoundError,
    DamagedSetError, StorageUnavailableError."""
    taken: list[dict[str, Any]] = []

    def advance(said: Stored) -> Stored | None:
        schedule = said.get("schedule")
        if not isinstance(schedule, dict) or not is_due(schedule, now):
            return None
        try:
            due = ScheduleBody.model_validate(schedule).next_after(now)
        except ValidationError:
            # Somebody wrote it by hand, and it means nothing.
            return None
        kept = {name: value for name, value in schedule.items() if name not in ("next", "problem")}
        taken.append(schedule)
        return {"schedule": {**kept, "next": timestamp(due)} if due else None}

    stored_sets.edit(testset, advance)
    return taken[0] if taken else None


def is_due(schedule: dict[str, Any], now: datetime) -> bool:
    """One without a time that can be read waits for its first."""
    try:
        return parse_moment(schedule["next"]) <= now
    except (KeyError, ValueError, TypeError):
        return False


def language_of(schedule: dict[str, Any]) -> str:
    """Of the person who made it. One that somebody wrote by hand may name none, or one that nobody speaks."""
    named = schedule.get("language")
    return named if isinstance(named, str) and named in dict(settings.LANGUAGES) else settings.LANGUAGE_CODE


async def begin_scheduled_run(testset: str, schedule: dict[str, Any]) -> None:
    found = await asyncio.to_thread(stored_sets.read, testset)
    user = await sync_to_async(acting_owner, thread_sensitive=False)(found)
    body = ScheduleBody.model_validate(schedule)
    row, _estimates = await sets.estimate_run(user, found, body)
    spawn_run(await sets.begin_run(user, found, body, row, scheduled=True))


def note_problem(testset: str, problem: str) -> None:
    def add_problem(said: Stored) -> Stored | None:
        schedule = said.get("schedule")
        return {"schedule": {**schedule, "problem": problem}} if isinstance(schedule, dict) else None

    stored_sets.edit(testset, add_problem)
