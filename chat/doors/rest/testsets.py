"""`/api/testsets`: a person's own test sets, and their runs."""

import asyncio
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any, Literal

from ninja import Router, Schema, Status
from pydantic import ValidationError

from chat.doors.rest.request import ApiRequest
from chat.doors.rest.responses import ASKS, CHANGES
from chat.testsets import results, schedule, sets, stored_sets
from chat.testsets.estimate import RunEstimate
from chat.testsets.running import spawn_run
from chat.testsets.schedule import ScheduleBody
from chat.testsets.schemas import CheckKind, RunBody, SentTestSet
from chat.testsets.stored_runs import StoredRun
from conversations.records import CostSource

router = Router(tags=["test sets"])


class StoredCheck(Schema):
    kind: CheckKind
    value: Any


class StoredCase(Schema):
    id: str
    text: str
    system: str | None = None
    attachments: list[str] = []
    checks: list[StoredCheck]


class Schedule(Schema):
    """`next`: when the next run is due. `problem`: why the last one did not begin."""

    cron: str
    timezone: str
    lanes: list[dict[str, Any]]
    judge: str | None = None
    repeat: int = 1
    next: str = ""
    problem: str = ""


class StoredSet(Schema):
    """As its file holds it, which can be posted again."""

    format: int
    id: str
    owner: str
    name: str
    at: str = ""
    updated: str = ""
    cases: list[StoredCase]
    schedule: Schedule | None = None


class LastRun(Schema):
    id: str
    at: str
    state: Literal["running", "stopped", "done"]
    total: int
    passed: int


class SetRow(Schema):
    id: str
    name: str
    cases: int
    updated: str
    last_run: LastRun | None


class BrokenSet(Schema):
    file: str
    problem: str


class SetList(Schema):
    """`broken`: files that cannot be used, and why."""

    testsets: list[SetRow]
    broken: list[BrokenSet]


class EstimatedLane(Schema):
    """What a lane may cost. `lane`: null of the judge."""

    lane: str | None
    model: str
    requests: int
    input_tokens: int
    output_tokens: int
    usd: float
    source: CostSource


class EstimatedRun(Schema):
    """`usd`: the sum of what is known; `complete`: nothing is unknown."""

    answers: int
    lanes: list[EstimatedLane]
    judge: EstimatedLane | None
    usd: float
    complete: bool


class LaneFigures(Schema):
    """Of one lane: answers that passed every check, and checks that passed; `undecided` ones neither passed
    nor failed."""

    id: str
    model: str
    system: str | None
    params: dict[str, Any] | None
    answers: int
    complete: int
    passed: int
    checks: int
    checks_passed: int
    undecided: int
    usd: float
    unknown_cost: int
    p50_ms: float | None
    served_by: list[str]


class Worse(Schema):
    """Against the run `than`: fewer `passed`, `slower` (ms), `dearer` (USD an answer), or `served_by` another
    model behind the same name."""

    lane: str
    model: str
    sign: Literal["passed", "slower", "dearer", "served_by"]
    before: float | None
    now: float | None
    than: str


class RunRow(Schema):
    """`cases`: how many; `passed`: answers that passed every check. `reason`: why it stopped by itself."""

    id: str
    testset: str
    name: str
    at: str
    state: Literal["running", "stopped", "done"]
    reason: str
    judge: str | None
    repeat: int
    scheduled: bool
    cases: int
    total: int
    done: int
    passed: int
    lanes: list[LaneFigures]
    worse: list[Worse] = []


class BegunRun(RunRow):
    estimate: EstimatedRun


class RunList(Schema):
    runs: list[RunRow]


class TestedCase(Schema):
    """A case as the run asked it. `text`: its beginning."""

    __test__ = False
    id: str
    text: str
    checks: list[StoredCheck]


class CheckResult(Schema):
    """`passed`: null where it cannot be told."""

    kind: str
    passed: bool | None
    detail: str | None = None


class Cell(Schema):
    """What one lane made of one case. `passed`: how many checks. `ok`: it ended well and passed all of them.
    `message`: the answer's id in `conversation`."""

    case: str
    round: int
    lane: str
    model: str
    status: str
    ok: bool
    passed: int
    checks: list[CheckResult]
    total_ms: float | None
    first_token_ms: float | None
    usd: float | None
    conversation: str | None
    message: str | None


class WholeRun(RunRow):
    cases: list[TestedCase]  # type: ignore[assignment]
    cells: list[Cell]


def estimate_json(cases: int, body: RunBody, found: Sequence[RunEstimate]) -> dict[str, Any]:
    rows = [asdict(one) for one in found]
    return {
        "answers": cases * len(body.lanes) * body.repeat,
        "lanes": [row for row in rows if row["lane"] is not None],
        "judge": next((row for row in rows if row["lane"] is None), None),
        "usd": sum(one.usd for one in found),
        "complete": all(one.source != "unknown" for one in found),
    }


@router.get("", response=SetList)
async def known_testsets(request: ApiRequest) -> Any:
    """The test sets of whoever asks, the newest first."""
    return await asyncio.to_thread(
        list_json, request.auth.owner_id, bool(getattr(request.auth, "is_staff", 0))
    )


def list_json(owner: str, staff: bool) -> dict[str, Any]:
    """Whose a file is that cannot be read nobody knows: it is named to administrators."""
    known = stored_sets.all_listed()
    mine = [one for one in known if one.owner == owner]
    broken = [one for one in known if one.problem and (one.owner == owner or (one.owner is None and staff))]
    return {
        "testsets": [testset_json(one) for one in mine if not one.problem],
        "broken": [{"file": one.file, "problem": one.problem} for one in broken],
    }


def testset_json(one: stored_sets.Listed) -> dict[str, Any]:
    last = next(iter(sets.readable_runs(one.id, most=1)), None)
    found = None if last is None else results.summarize_run(last)
    return {"id": one.id, "name": one.name, "cases": one.cases, "updated": one.updated, "last_run": found}


@router.post("", response={201: StoredSet})
async def make_testset(request: ApiRequest, body: SentTestSet) -> Any:
    return Status(201, set_json(await sets.make_testset(request.auth, body)))


@router.get("/{testset}", response={200: StoredSet, **CHANGES})
async def one_testset(request: ApiRequest, testset: str) -> Any:
    return set_json(await sets.find_testset(request.auth, testset))


@router.put("/{testset}", response={200: StoredSet, **CHANGES})
async def change_testset(request: ApiRequest, testset: str, body: SentTestSet) -> Any:
    return set_json(await sets.change_testset(request.auth, testset, body))


def set_json(found: stored_sets.Stored) -> dict[str, Any]:
    """A schedule that somebody wrote by hand and that means nothing is not told."""
    try:
        ScheduleBody.model_validate(found.get("schedule"))
    except ValidationError:
        return {**found, "schedule": None}
    return found


@router.delete("/{testset}", response={204: None})
async def delete_testset(request: ApiRequest, testset: str) -> Any:
    await sets.delete_testset(request.auth, testset)
    return Status(204, None)


@router.put("/{testset}/schedule", response={200: StoredSet, **ASKS})
async def keep_schedule(request: ApiRequest, testset: str, body: ScheduleBody) -> Any:
    """Runs it by itself from now on; what was missed while no server ran is made up once. With `dry_run` only
    `next` of its `schedule` is told, and nothing kept."""
    return set_json(await schedule.keep_schedule(request.auth, testset, body))


@router.delete("/{testset}/schedule", response={204: None, **CHANGES})
async def remove_schedule(request: ApiRequest, testset: str) -> Any:
    await schedule.remove_schedule(request.auth, testset)
    return Status(204, None)


@router.post("/{testset}/runs", response={200: EstimatedRun, 201: BegunRun, **ASKS})
async def run(request: ApiRequest, testset: str, body: RunBody) -> Any:
    """Asks every case of every lane, in conversations of their own. With `dry_run` only what it may cost."""
    found = await sets.find_testset(request.auth, testset)
    lanes, estimates = await sets.estimate_run(request.auth, found, body)
    figures = estimate_json(len(found["cases"]), body, estimates)
    if body.dry_run:
        return Status(200, figures)
    begun = await sets.begin_run(request.auth, found, body, lanes)
    spawn_run(begun)
    return Status(201, {**results.summarize_run(begun.run), "estimate": figures})


@router.get("/{testset}/runs", response={200: RunList, **CHANGES})
async def known_runs(request: ApiRequest, testset: str) -> Any:
    """The newest first, each with what got worse since the one before that asked the same."""
    await sets.find_testset(request.auth, testset)
    found = await asyncio.to_thread(sets.readable_runs, testset)
    return {"runs": [run_summary_json(one, found[place + 1 :]) for place, one in enumerate(found)]}


def run_summary_json(one: StoredRun, before: Sequence[StoredRun]) -> dict[str, Any]:
    return {**results.summarize_run(one), "worse": results.find_regressions(one, before)}


@router.get("/{testset}/runs/{run}", response={200: WholeRun, **CHANGES})
async def one_run(request: ApiRequest, testset: str, run: str) -> Any:
    """Every case of every lane: which checks it passed, its time and cost, and where the answer stands."""
    found = await sets.find_run(request.auth, testset, run)
    before = await asyncio.to_thread(sets.readable_runs, testset, before=run)
    return {**results.describe_run(found), "worse": results.find_regressions(found, before)}


@router.post("/{testset}/runs/{run}/stop", response={200: RunRow, **CHANGES})
async def stop_run(request: ApiRequest, testset: str, run: str) -> Any:
    return results.summarize_run(await sets.stop_run(request.auth, testset, run))


@router.post("/{testset}/runs/{run}/resume", response={200: RunRow, **ASKS})
async def resume_run(request: ApiRequest, testset: str, run: str) -> Any:
    """What has ended is not asked again."""
    if (resumed := await sets.resume_run(request.auth, testset, run)) is not None:
        spawn_run(resumed)
    return results.summarize_run(await sets.find_run(request.auth, testset, run))


@router.delete("/{testset}/runs/{run}", response={204: None, **CHANGES})
async def delete_run(request: ApiRequest, testset: str, run: str) -> Any:
    """Removes the run; its conversations stay."""
    await sets.delete_run(request.auth, testset, run)
    return Status(204, None)
