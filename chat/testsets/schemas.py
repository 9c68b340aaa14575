"""What a test set holds (format 1), as it comes from a client or a file."""

from collections import Counter
from typing import Annotated, Any, Literal

from django.conf import settings
from pydantic import (
    AfterValidator,
    BeforeValidator,
    Discriminator,
    Field,
    ModelWrapValidatorHandler,
    StringConstraints,
    model_validator,
)
from pydantic_core import PydanticCustomError

from chat.protocol.commands import Attachments, Lane, MessageId, ModelRef, System
from chat.testsets.patterns import MeaninglessError, compile_pattern, read_schema, reading_at_most
from conversations.ids import random_id
from core.schemas import Lenient, Name

FORMAT = 1
MOST_CASES = 1_000
MOST_CHECKS = 20
MOST_REPEATS = 20
MOST_LANES = 24
LONGEST_VALUE = 20_000
MOST_ANSWERS = 20_000
"""Of one run."""
SECONDS_TO_READ = 3.0
"""Of processor time, for the patterns and schemas that a client sends at once."""


def meaningful_pattern(pattern: str) -> str:
    try:
        compile_pattern(pattern)
    except MeaninglessError as error:
        raise PydanticCustomError("pattern", "no regular expression: {why}", {"why": str(error)}) from error
    return pattern


def meaningful_schema(said: Any) -> Any:
    try:
        return read_schema(said)
    except MeaninglessError as error:
        raise PydanticCustomError("schema", "no JSON schema: {why}", {"why": str(error)}) from error


def short_enough(text: str) -> str:
    if len(text.encode(errors="surrogatepass")) > settings.MAX_TEXT_BYTES:
        raise PydanticCustomError("too_long", "the text is too long")
    return text


Value = Annotated[str, StringConstraints(min_length=1, max_length=LONGEST_VALUE)]
Limit = Annotated[float, Field(ge=0, allow_inf_nan=False)]


class TextCheck(Lenient):
    """Capital and small letters differ. `equals`: but for white space around it."""

    kind: Literal["contains", "not_contains", "equals"]
    value: Value


class PatternCheck(Lenient):
    kind: Literal["regex"]
    value: Annotated[Value, AfterValidator(meaningful_pattern)]


class SchemaCheck(Lenient):
    """The answer is JSON, alone or in one fenced block, and fits."""

    kind: Literal["json_schema"]
    value: Annotated[dict[str, Any] | bool, BeforeValidator(meaningful_schema)]


class LimitCheck(Lenient):
    kind: Literal["max_ms", "max_usd"]
    value: Limit


class JudgeCheck(Lenient):
    """`value`: in words, what a good answer does."""

    kind: Literal["judge"]
    value: Value


CheckKind = Literal[
    "contains", "not_contains", "regex", "equals", "json_schema", "max_ms", "max_usd", "judge"
]
Check = Annotated[TextCheck | PatternCheck | SchemaCheck | LimitCheck | JudgeCheck, Discriminator("kind")]


class Case(Lenient):
    """`id`: its question's in every conversation of a run."""

    id: Annotated[MessageId, Field(default_factory=random_id)]
    text: Annotated[str, AfterValidator(short_enough)] = ""
    system: System | None = None
    attachments: Attachments = []
    checks: Annotated[list[Check], Field(max_length=MOST_CHECKS)] = []

    @model_validator(mode="after")
    def says_something(self) -> "Case":
        if not self.text.strip() and not self.attachments:
            raise PydanticCustomError("empty", "a case needs a text or a file")
        return self


class TestSetBody(Lenient):
    """What a client may say; what else a test set's file holds is passed over."""

    __test__ = False
    name: Name
    cases: Annotated[list[Case], Field(max_length=MOST_CASES)] = []

    @model_validator(mode="after")
    def ids_differ(self) -> "TestSetBody":
        twice = next(
            (name for name, count in Counter(case.id for case in self.cases).items() if count > 1), ""
        )
        if twice:
            raise PydanticCustomError("twice", "two cases have the id {id}", {"id": twice})
        return self


class SentTestSet(TestSetBody):
    """As a client sends it, who may send thousands of patterns."""

    __test__ = False

    @model_validator(mode="wrap")
    @classmethod
    def bound_reading(cls, said: Any, handler: ModelWrapValidatorHandler["SentTestSet"]) -> "SentTestSet":
        with reading_at_most(SECONDS_TO_READ):
            return handler(said)


def as_lane(said: Any) -> Any:
    """A model ref alone stands for a lane of that model."""
    return {"model": said} if isinstance(said, str) else said


class RunBody(Lenient):
    """`judge`: a model ref. `repeat`: how often each case is asked. `dry_run`: only what it would cost."""

    lanes: Annotated[
        list[Annotated[Lane, BeforeValidator(as_lane)]], Field(min_length=1, max_length=MOST_LANES)
    ]
    judge: ModelRef | None = None
    repeat: Annotated[int, Field(ge=1, le=MOST_REPEATS)] = 1
    dry_run: bool = False


def dumped_cases(cases: list[Case]) -> list[dict[str, Any]]:
    """As a file holds them: what is absent is not written."""
    return [
        case.model_dump(exclude_none=True, exclude_defaults=True)
        | {"id": case.id, "text": case.text, "checks": [check.model_dump() for check in case.checks]}
        for case in cases
    ]
