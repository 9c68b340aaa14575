"""Rows that an administrator changes outside of Django's admin: all of what is given counts, or nothing."""

from collections.abc import Mapping
from typing import Any, Literal

from django.core.exceptions import ValidationError
from django.db import models

EditErrorCode = Literal["invalid", "not_found", "conflict"]


class EditError(Exception):
    def __init__(self, code: EditErrorCode, sentence: str) -> None:
        super().__init__(sentence)
        self.code: EditErrorCode = code
        self.sentence = sentence


def set_values(row: models.Model, values: Mapping[str, Any]) -> None:
    """Sets fields of a row; one that is given None is as on a new row."""
    fresh = type(row)()
    for name, value in values.items():
        setattr(row, name, getattr(fresh, name) if value is None else value)


def check_row(row: models.Model) -> None:
    """Raises EditError: each field that is wrong by its name in the admin, with what is wrong."""
    try:
        row.full_clean()
    except ValidationError as error:
        raise EditError("invalid", _sentences(row, error)) from error


def _sentences(row: models.Model, error: ValidationError) -> str:
    said = []
    for name, texts in error.message_dict.items():
        field = row._meta.get_field(name) if name in {one.name for one in row._meta.get_fields()} else None
        label = f"{getattr(field, 'verbose_name', name)}: " if field else ""
        said.append(label + " ".join(map(str, texts)))
    return " ".join(said)
