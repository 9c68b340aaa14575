"""What the shapes of commands and request bodies stand on, in every app."""

from collections.abc import Iterator
from functools import cache
from types import NoneType
from typing import Annotated, Any, get_args

from pydantic import BaseModel, ConfigDict, StringConstraints, model_validator
from pydantic_core import PydanticCustomError

Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]


class Strict(BaseModel):
    """Refuses fields that it does not know, and values of another type."""

    model_config = ConfigDict(extra="forbid", strict=True, defer_build=True)


def texts_in(given: object) -> Iterator[str]:
    """All texts of a JSON value, names of fields too."""
    match given:
        case str():
            yield given
        case dict():
            for name, value in given.items():
                yield from (*texts_in(name), *texts_in(value))
        case list():
            for value in given:
                yield from texts_in(value)


class Storable(Strict):
    """Refuses also the one character that PostgreSQL holds in no text."""

    @model_validator(mode="before")
    @classmethod
    def refuse_nul(cls, given: Any) -> Any:
        if any("\0" in text for text in texts_in(given)):
            raise PydanticCustomError("nul", "no text holds the character NUL")
        return given


class Lenient(BaseModel):
    """Passes over fields that it does not know: another client may know more. Null for a field that takes
    none is as if it were absent."""

    model_config = ConfigDict(extra="ignore", strict=True, defer_build=True)

    @model_validator(mode="before")
    @classmethod
    def null_is_absent(cls, given: Any) -> Any:
        if not isinstance(given, dict):
            return given
        taking_null = fields_taking_null(cls)
        return {name: value for name, value in given.items() if value is not None or name in taking_null}


@cache
def fields_taking_null(shape: type[BaseModel]) -> frozenset[str]:
    """Looked at once for each shape: a command has two dozen fields, and comes with every begin."""
    fields = shape.model_fields.items()
    return frozenset(name for name, field in fields if NoneType in get_args(field.annotation))


WORDS_OF_A_PERSON = frozenset({"content", "instructions", "prompt", "system", "system_prompt", "text"})
"""Under these names comes what somebody wrote. Where a shape has no such field it is refused, not lost."""


def refuse_lost_words(cls: type[BaseModel], given: Any) -> Any:
    if isinstance(given, dict):
        for name in sorted(WORDS_OF_A_PERSON.intersection(given).difference(cls.model_fields)):
            if given[name] not in (None, ""):
                raise PydanticCustomError("no_such_field", "no field {name}", {"name": name})
    return given
