"""From rows to a file that stands for them, and from a file that still does to vectors."""

import logging
from collections.abc import Iterator
from itertools import chain, islice
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from rag.models import Collection
from rag.store.matrix import Vectors
from rag.store.members import PassageNumbers, are_members
from rag.store.vector_rows import VectorRows

from .folder import drafted, path_of
from .header import VectorHeader
from .reading import TornFileError, VectorFile, open_file
from .writing import KeptVectors, Part, write_file

if TYPE_CHECKING:
    from rag.store.matrix import Numbers

log = logging.getLogger(__name__)
TOGETHER = 4_096
"""Vectors that are in memory at a time while a file is written."""


class VectorState(NamedTuple):
    """What a file is of: the vectors of one model, of a collection at that version, laid out for such
    questions."""

    using: str
    collection: int
    model: int
    version: int
    sparse: bool


def file_vectors(
    state: VectorState, rows: VectorRows, there: PassageNumbers, older: Vectors | None
) -> Vectors | None:
    """Of the file that is there or is made now; what `older` has is not read again. None where no passage has
    a vector, or the disk takes no file."""
    try:
        return _find(state, there) or _make(state, rows, there, older)
    except TornFileError as error:
        # It was cut short after it had been opened.
        log.warning("a file of vectors is made anew: %s", error)
        return None if older is None else file_vectors(state, rows, there, None)
    except OSError as error:
        log.warning("vectors of documents are in memory, since no file takes them: %s", error.strerror)
        return None


def _find(state: VectorState, there: PassageNumbers) -> Vectors | None:
    try:
        file = open_file(path_of(state.collection, state.model))
    except TornFileError as error:
        log.warning("a file of vectors is made anew: %s", error)
        return None
    if file is None or not _is_of(file.header, state):
        return None
    vectors = _vectors_in(file)
    return vectors if _agree(vectors, there) else None


def _make(
    state: VectorState, rows: VectorRows, there: PassageNumbers, older: Vectors | None
) -> Vectors | None:
    if older is not None and older.sparse < state.sparse:
        older = None
    new = there.passages if older is None else np.setdiff1d(there.passages, older.passages)
    parts = list[Part](islice(rest := _read(rows, there, new), 1))
    # What is new says of how many dimensions all must be.
    dimensions = parts[0].rows.shape[1] if parts else older.dimensions if older else 0
    if not dimensions:
        return None
    kept = None
    if older is not None and older.dimensions == dimensions:
        kept = KeptVectors(older, older.places_of(there.passages))
    header = VectorHeader(
        sparse=state.sparse if kept is None else kept.vectors.sparse,
        dimensions=dimensions,
        collection=state.collection,
        model=state.model,
        version=state.version,
        places=len(there.passages),
        count=0,
    )
    with drafted(path := path_of(state.collection, state.model)) as draft:
        file = write_file(draft, header, kept, chain(parts, rest))
        # Else some rows may have been read before a change, and some after it.
        if Collection.objects.using(state.using).filter(pk=state.collection, version=state.version).exists():
            draft.replace(path)
    return _vectors_in(file)


def _read(rows: VectorRows, there: PassageNumbers, passages: "Numbers") -> Iterator[Part]:
    dimensions = 0
    for at in range(0, len(passages), TOGETHER):
        found, vectors = rows.read(passages[at : at + TOGETHER], dimensions)
        if len(found):
            dimensions = vectors.shape[1]
            yield Part(found, there.documents_of(found), vectors)


def _is_of(header: VectorHeader, state: VectorState) -> bool:
    """One that is laid out for sparse questions answers others too."""
    named = header.collection, header.model, header.version
    return named == (state.collection, state.model, state.version) and header.sparse >= state.sparse


def _vectors_in(file: VectorFile) -> Vectors:
    return Vectors.of_lines(file.passages(), file.documents(), file.norms(), file, sparse=file.header.sparse)


def _agree(vectors: Vectors, there: PassageNumbers) -> bool:
    """Whether each passage is there, and of that document."""
    if not are_members(there, vectors.passages, None).all():
        return False
    return bool((there.documents_of(vectors.passages) == vectors.documents).all())
