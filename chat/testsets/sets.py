"""What a person does with their test sets and runs: whoever asks (REST, a command, the schedule), it is done
here. What is somebody else's is not found."""

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any

from django.conf import settings
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from chat.policy.access import User
from chat.policy.spending import check_budget
from chat.prompting.attachments import attachment_parts
from chat.protocol import lanes
from chat.protocol.errors import (
    ConflictError,
    InvalidError,
    NotFoundError,
    TooLargeError,
)
from chat.testsets import stored_runs, stored_sets
from chat.testsets.estimate import RunEstimate, estimate_lanes
from chat.testsets.judging import criteria_of
from chat.testsets.results import passes
from chat.testsets.running import Progress, RunningTestSet, no_progress
from chat.testsets.schemas import FORMAT, MOST_ANSWERS, RunBody, TestSetBody, dumped_cases
from chat.testsets.stored_runs import StoredRun
from chat.testsets.stored_sets import DamagedSetError, Stored
from conversations.ids import new_conversation_id
from conversations.owners import named_owner, owner_of
from conversations.settings import Lane
from core.times import timestamp
from providers.errors import ProviderError

MOST_SETS = 200
MOST_RUNS = 500


async def make_testset(user: User, body: TestSetBody) -> Stored:
    mine = await asyncio.to_thread(stored_sets.listed_of, user.owner_id)
    if len(mine) >= MOST_SETS:
        raise TooLargeError(_("You keep too many test sets. Delete some of them first."))
    await check_attachments(user, body)
    now = timestamp()
    said = {
        "format": FORMAT,
        "id": new_conversation_id(),
        **named_owner(user.owner_id, user.username),
        "at": now,
        "updated": now,
        "name": body.name,
        "cases": dumped_cases(body.cases),
    }
    await asyncio.to_thread(stored_sets.create, said)
    return said


async def find_testset(user: User, testset: str) -> Stored:
    """Raises NotFoundError, ConflictError where its file is damaged."""
    try:
        found = await asyncio.to_thread(stored_sets.read, testset)
    except DamagedSetError as error:
        if not await asyncio.to_thread(is_theirs, user, testset):
            raise stored_sets.no_testset() from error
        raise ConflictError(str(error)) from error
    if owner_of(found) != user.owner_id:  # type: ignore[arg-type]
        raise stored_sets.no_testset()
    return found


def is_theirs(user: User, testset: str) -> bool:
    return any(one.id == testset for one in stored_sets.listed_of(user.owner_id))


async def change_testset(user: User, testset: str, body: TestSetBody) -> Stored:
    """Runs that were begun keep the cases that they began with."""
    await find_testset(user, testset)
    await check_attachments(user, body)
    changes = {"name": body.name, "cases": dumped_cases(body.cases), "updated": timestamp()}
    await asyncio.to_thread(lambda: stored_sets.change(testset, **changes))
    return await find_testset(user, testset)


async def delete_testset(user: User, testset: str) -> None:
    """A run of it that goes on stops; the conversations of its runs stay. One that is damaged can be
    deleted too."""
    if not await asyncio.to_thread(is_theirs, user, testset):
        raise stored_sets.no_testset()
    for run in await asyncio.to_thread(stored_runs.run_ids, testset):
        await asyncio.to_thread(stored_runs.stop, testset, run)
    await asyncio.to_thread(stored_sets.delete, testset)


async def check_attachments(user: User, body: TestSetBody) -> None:
    """Raises InvalidError for what is not this person's."""
    for case in body.cases:
        await attachment_parts(user.owner_id, case.attachments)


async def estimate_run(
    user: User, found: Mapping[str, Any], body: RunBody
) -> tuple[list[Lane], list[RunEstimate]]:
    """The lanes as they will be asked, and what each of them and the judge may cost. Raises ChatError."""
    cases = found["cases"]
    if not cases:
        raise ConflictError(_("This test set has no cases yet."))
    if any(map(criteria_of, cases)) and body.judge is None:
        raise InvalidError(_("Some cases are judged by a model. Say which: judge."))
    row = lanes.merge_lanes(body.lanes, [])
    if len({lane["id"] for lane in row}) < len(row):
        raise InvalidError(_("Two lanes have the same id."))
    if len(row) > settings.ANSWERS_AT_ONCE or len(cases) * len(row) * body.repeat > MOST_ANSWERS:
        raise TooLargeError(_("That is too much for one run. Choose fewer models, cases or repetitions."))
    before = await asyncio.to_thread(tokens_before, found["id"])
    try:
        return row, await estimate_lanes(user.owner_id, cases, row, body.judge, body.repeat, before)
    except ProviderError as error:
        model = error.model or ", ".join(filter(None, [*(lane["model"] for lane in row), body.judge]))
        raise NotFoundError(
            _("There is no model %(model)s here. Choose another one.") % {"model": model}
        ) from error


def tokens_before(testset: str) -> dict[str, int]:
    """The tokens of the longest answer to each case in the newest run."""
    found: dict[str, int] = {}
    for run in stored_runs.run_ids(testset)[:1]:
        try:
            results = stored_runs.read(testset, run).results
        except (DamagedSetError, NotFoundError):
            return {}
        for (place, _lane), row in results.items():
            if isinstance(row.get("output"), int):
                found[place[0]] = max(found.get(place[0], 1), row["output"])
    return found


async def begin_run(
    user: User,
    found: Mapping[str, Any],
    body: RunBody,
    row: Sequence[Lane],
    *,
    scheduled: bool = False,
    progress: Progress = no_progress,
) -> RunningTestSet:
    """Makes a run, on disk and held by this process; nothing is asked before it goes. Raises ChatError."""
    await check_budget(user)
    if len(await asyncio.to_thread(stored_runs.run_ids, found["id"])) >= MOST_RUNS:
        raise TooLargeError(_("This test set has too many runs. Delete some of them first."))
    header: dict[str, Any] = {
        "type": "run",
        "format": stored_runs.FORMAT,
        "id": stored_runs.new_run_id(),
        "testset": found["id"],
        **named_owner(user.owner_id, user.username),
        "at": timestamp(),
        "name": found["name"],
        "lanes": list(row),
        "judge": body.judge,
        "repeat": body.repeat,
        "language": get_language() or settings.LANGUAGE_CODE,
        "cases": found["cases"],
    }
    if scheduled:
        header["scheduled"] = True
    hold = await asyncio.to_thread(stored_runs.begin, header)
    return RunningTestSet(user, StoredRun(found["id"], header["id"], header, going=True), hold, progress)


async def find_run(user: User, testset: str, run: str) -> StoredRun:
    """Raises NotFoundError, ConflictError where its file, or the test set's, is damaged."""
    await find_testset(user, testset)
    try:
        return await asyncio.to_thread(stored_runs.read, testset, run)
    except DamagedSetError as error:
        raise ConflictError(str(error)) from error


def readable_runs(testset: str, *, before: str = "", most: int | None = None) -> list[StoredRun]:
    """The runs, the newest first, without those whose files are damaged; `before`: only those that are older
    than it."""
    found: list[StoredRun] = []
    for run in stored_runs.run_ids(testset):
        if (most is not None and len(found) >= most) or (before and run >= before):
            continue
        with suppress(DamagedSetError, NotFoundError):
            found.append(stored_runs.read(testset, run))
    return found


async def stop_run(user: User, testset: str, run: str) -> StoredRun:
    """What has ended stays; what streams is stopped, and asked again when the run is resumed. One that is
    over, or stopped already, stays as it is."""
    await find_run(user, testset, run)
    await asyncio.to_thread(stored_runs.stop, testset, run)
    return await find_run(user, testset, run)


async def resume_run(user: User, testset: str, run: str) -> RunningTestSet | None:
    """Lets a stopped run go on. Returns None where it goes on already, or is over."""
    found = await find_run(user, testset, run)
    if found.state == "done":
        return None
    try:
        await asyncio.to_thread(stored_runs.check_askable, found)
    except DamagedSetError as error:
        raise ConflictError(str(error)) from error
    await check_budget(user)
    hold = await asyncio.to_thread(stored_runs.resume, testset, run)
    if hold is None:
        return None
    try:
        found = await find_run(user, testset, run)
    except BaseException:
        await asyncio.to_thread(hold.release)
        raise
    return RunningTestSet(user, found, hold)


async def delete_run(user: User, testset: str, run: str) -> None:
    """Removes a run; its conversations stay."""
    await find_testset(user, testset)
    await asyncio.to_thread(stored_runs.delete, testset, run)


def all_passed(run: StoredRun) -> bool:
    return run.state == "done" and all(map(passes, run.results.values()))
