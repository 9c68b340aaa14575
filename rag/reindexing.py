"""The index of words of passages that are there, after a change of how words are folded."""

from collections.abc import Iterator
from itertools import islice
from typing import Any

from django.db import connections
from django.db.models import Model

from rag.store import PassageRow
from rag.words import terms

BATCH = 500


def index_passages(passages: type[Model], using: str) -> None:
    """Of all `passages`, into an empty index. `passages`: the model as a migration has it."""
    rows = passages._default_manager.using(using).order_by("pk")
    found = rows.values_list("pk", "document__name", "heading", "text").iterator(chunk_size=BATCH)
    index = _index(using)
    while some := list(islice(_rows(found), BATCH)):
        index.add(some)


def _rows(found: Iterator[Any]) -> Iterator[PassageRow]:
    for passage, name, heading, text in found:
        yield PassageRow(passage, terms(name), terms(heading), terms(text))


def _index(using: str) -> Any:
    if connections[using].vendor == "postgresql":
        from rag.store.postgres_words import PostgresWords

        return PostgresWords(using)
    from rag.store.sqlite_words import SQLiteWords

    return SQLiteWords(using)
