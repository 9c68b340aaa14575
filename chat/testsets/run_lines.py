"""The lines of a run's file, as far as this version reads them: what somebody garbled is none. Pure.

What is asked of models anew is checked as what a client sends is (`can_be_asked`); what is only shown has the
right types.
"""

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from chat.testsets.schemas import MOST_CASES, MOST_LANES, MOST_REPEATS, CheckKind, RunBody, TestSetBody


class RunLine(BaseModel):
    """What else it holds is kept and means nothing."""

    model_config = ConfigDict(extra="allow", strict=True)


class CheckLine(RunLine):
    kind: CheckKind
    value: Any


class CaseLine(RunLine):
    id: str
    text: str
    checks: list[CheckLine]
    system: str | None = None
    attachments: list[str] = []


class LaneLine(RunLine):
    id: str
    model: str
    system: str | None = None
    params: dict[str, Any] | None = None


class RunHeader(RunLine):
    type: Literal["run"]
    format: Literal[1]
    id: str
    testset: str
    cases: list[CaseLine] = Field(min_length=1, max_length=MOST_CASES)
    lanes: list[LaneLine] = Field(min_length=1, max_length=MOST_LANES)
    repeat: int = Field(ge=1, le=MOST_REPEATS)
    name: str = ""
    at: str = ""
    judge: str | None = None
    scheduled: bool = False
    language: str | None = None


class Asked(RunLine):
    case: str
    round: int
    conversation: str


class VerdictLine(RunLine):
    kind: str
    passed: bool | None
    detail: str | None = None


class Result(RunLine):
    case: str
    round: int
    lane: str
    checks: list[VerdictLine]
    passed: int
    status: str
    model: str = ""
    conversation: str | None = None
    message: str | None = None
    total_ms: float | None = None
    first_token_ms: float | None = None
    usd: float | None = None
    output: int | None = None
    served_by: str | None = None


def is_line(kind: type[RunLine], record: dict[str, Any]) -> bool:
    try:
        kind.model_validate(record)
    except (ValidationError, RecursionError):
        return False
    return True


def can_be_asked(header: dict[str, Any]) -> bool:
    try:
        TestSetBody.model_validate({"name": "of a run", "cases": header["cases"]})
        RunBody.model_validate({name: header.get(name) for name in ("lanes", "judge", "repeat")})
    except (ValidationError, RecursionError):
        return False
    return True
