"""How documents are read and asked, as an administrator set it: the row of `Configuration` where somebody
edited it, else the environment. Read from the database each time, so that a change counts at once in every
process."""

from collections.abc import Mapping
from typing import Any

from django.conf import settings

from core.row_editing import check_row, set_values
from rag.models import Configuration

FIELDS = ("embedding_model", "passages", "budget_tokens", "passage_size", "reading_model")
"""Each is set in the environment by its name in capitals, after RAG_."""


def current_configuration() -> Configuration:
    row = Configuration.objects.first()
    return from_environment() if row is None or row.follows_environment else row


def from_environment() -> Configuration:
    """A `Configuration` of the environment's values, which is not saved."""
    values = {name: getattr(settings, f"RAG_{name.upper()}") for name in FIELDS}
    return Configuration(**values, follows_environment=True)


def take_from_environment(row: Configuration) -> None:
    for name in FIELDS:
        setattr(row, name, getattr(from_environment(), name))


def change_configuration(values: Mapping[str, Any]) -> Configuration:
    """What `values` does not name stays as it holds now; the environment counts no more. Raises EditError."""
    row = Configuration.objects.first()
    if row is None:
        row = from_environment()
    elif row.follows_environment:
        take_from_environment(row)
    set_values(row, values)
    check_row(row)
    row.follows_environment = False
    row.save()
    return row


def follow_environment() -> Configuration:
    """Forgets what was set here: the environment counts again."""
    Configuration.objects.all().delete()
    return from_environment()
