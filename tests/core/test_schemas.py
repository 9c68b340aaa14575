"""What the shapes of requests stand on."""

import typing
from typing import Any

import pytest

from core import schemas
from core.schemas import Lenient


class Sent(Lenient):
    text: str = "hello"
    parent: str | None = "m1"
    model: str = "echo"


def test_null_is_absent_where_a_field_takes_none() -> None:
    sent = Sent.model_validate({"text": None, "parent": None, "unknown": None})
    assert (sent.text, sent.parent) == ("hello", None)
    assert sent.model_fields_set == {"parent"}


def test_a_shape_is_looked_through_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """A command with two dozen fields comes with every begin."""
    looked: list[object] = []

    def get_args(annotation: Any) -> tuple[Any, ...]:
        looked.append(annotation)
        return found(annotation)

    found = typing.get_args
    monkeypatch.setattr(schemas, "get_args", get_args)
    schemas.fields_taking_null.cache_clear()
    for _ in range(3):
        Sent.model_validate({"text": None, "parent": None, "model": None})
    assert len(looked) == len(Sent.model_fields)
