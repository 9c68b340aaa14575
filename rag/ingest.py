"""One document's way: fetched where it stands at an address, read, split, embedded, stored.

Whoever works on a document holds its lease. Each step says so again, and by that learns whether the document
was cancelled or deleted meanwhile.
"""

import asyncio
import logging
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from datetime import timedelta
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import router, transaction
from django.db.models.expressions import Combinable

from core.originals.base import OriginalDamagedError, OriginalsAwayError
from providers import registry
from rag import access, fetch, files, leases, model_choice, turns
from rag.embedding import PassageEmbedder
from rag.errors import CancelledError, DocumentError
from rag.load.blocks import Piece, Progress
from rag.load.reading import read_file
from rag.model_choice import ChosenModel
from rag.models import UNFINISHED, Collection, Document, Passage, Status, new_version
from rag.stages import choose_splitter
from rag.store import PassageRow, store
from rag.words import terms

if TYPE_CHECKING:
    from rag.embedding import Floats

log = logging.getLogger(__name__)
LEASE = timedelta(seconds=45)
TELL_EVERY = 0.5
HEARTBEAT = 5.0
READ_SHARE = 50
"""Percent of a document's progress when it is read."""


class Work:
    """A document that this process works on."""

    def __init__(self, document: Document) -> None:
        self.document = document
        self._told = 0.0

    def report_progress(self, status: Status, progress: int) -> None:
        """Writes how far it is. Raises CancelledError where nobody wants the document any more."""
        self._told = time.monotonic()
        self._change(status=status, progress=progress, leased_until=leases.lease_end(LEASE))

    def report_progress_sometimes(self, status: Status, progress: int) -> None:
        if time.monotonic() - self._told >= TELL_EVERY:
            self.report_progress(status, progress)

    def is_cancelled(self) -> bool:
        try:
            self.report_progress_sometimes(Status(self.document.status), self.document.progress)
        except CancelledError:
            return True
        return False

    def finish(self, passages: int) -> None:
        with transaction.atomic(using=router.db_for_write(Passage)):
            self._change(status=Status.READY, progress=100, passage_count=passages, leased_until=None)
            Collection.objects.filter(pk=self.document.collection_id).update(version=new_version())

    def fail(self, code: str) -> None:
        Passage.objects.filter(document=self.document.pk).delete()
        Document.objects.filter(pk=self.document.pk, status__in=UNFINISHED).update(
            status=Status.FAILED, error=code, passage_count=0, leased_until=None
        )

    def note(self, **fields: object) -> None:
        self._change(**fields)

    def _change(self, **fields: object) -> None:
        changed = Document.objects.filter(pk=self.document.pk, status__in=UNFINISHED).update(**fields)
        if not changed:
            raise CancelledError
        for name, value in fields.items():
            # When a lease ends the database alone knows.
            if not isinstance(value, Combinable):
                setattr(self.document, name, value)


def claim_next(*, here: bool | None = None) -> Document | None:
    """An unfinished document that nobody works on, now leased. `here`: whether its file has arrived; None:
    either. Whose turn it is: see turns.py."""
    while True:
        rows = Document.objects.filter(leases.without_lease(), status__in=UNFINISHED)
        if here is not None:
            rows = rows.exclude(sha256="") if here else rows.filter(sha256="")
        owners = set(rows.values_list("collection__owner", flat=True).distinct())
        if not owners:
            return None
        turn = turns.next_of(owners)
        theirs = rows.filter(collection__owner=turn.owner)
        document = theirs.order_by(*(("pk",) if turn.oldest else ("size", "pk"))).first()
        if document is not None and claim_document(document):
            turns.mark_turn(turn)
            return document


def claim_document(document: Document) -> bool:
    """False where it is read already, or somebody else works on it."""
    rows = Document.objects.filter(leases.without_lease(), pk=document.pk, status__in=UNFINISHED)
    return bool(rows.update(leased_until=leases.lease_end(LEASE)))


def ingest_document(document: Document) -> None:
    """To its end, good or bad; the document's row says which. Raises nothing."""
    _to_the_end(Work(document), _ingest)


def bring_document(document: Document) -> None:
    """What stands at its address becomes its file; another thread reads it. Raises nothing."""

    def fetched(work: Work) -> None:
        _fetch(work)
        work.note(status=Status.WAITING, progress=0, leased_until=None)

    _to_the_end(Work(document), fetched)


def _to_the_end(work: Work, step: Callable[[Work], None]) -> None:
    document = work.document
    try:
        step(work)
    except CancelledError:
        Passage.objects.filter(document=document.pk).exclude(document__status=Status.READY).delete()
    except DocumentError as error:
        fault = logging.ERROR if error.code == "internal" else logging.INFO
        log.log(fault, "document %s is not read: %s", document.pk, error)
        work.fail(error.code)
    except OriginalDamagedError as error:
        log.warning("document %s is not read: %s", document.pk, error.strerror)
        work.fail("storage_unavailable")
    except OriginalsAwayError as error:
        # It stays unfinished, and is tried again when its lease has passed.
        log.warning("document %s is not read yet: %s", document.pk, error.strerror)
    except Exception:
        log.exception("document %s is not read", document.pk)
        work.fail("internal")


def _ingest(work: Work) -> None:
    if not work.document.sha256:
        _fetch(work)
    pieces = read_document(work)
    Passage.objects.filter(document=work.document).delete()
    chosen = model_choice.choose_for_passages()
    chosen.embedder.owner = work.document.collection.owner
    with asyncio.Runner() as runner:
        try:
            for at in range(0, len(pieces), chosen.embedder.batch):
                some = pieces[at : at + chosen.embedder.batch]
                vectors = embed_pieces(work, runner, chosen.embedder, some)
                save_passages(work, chosen, some, at, vectors)
                work.report_progress(Status.EMBEDDING, READ_SHARE + (100 - READ_SHARE) * at // len(pieces))
        finally:
            runner.run(registry.aclose())
    work.finish(len(pieces))


def _fetch(work: Work) -> None:
    work.report_progress(Status.FETCHING, 0)
    with closing(fetch.fetch_address(work.document.url, cancelled=work.is_cancelled)) as page:
        access.attach_fetched_file(work.document, page.chunks, settings.MAX_UPLOAD_BYTES, page.name)


def read_document(work: Work) -> list[Piece]:
    work.report_progress(Status.READING, 0)
    document = work.document
    path = files.path_of(document.sha256)
    if path is None:
        raise DocumentError("missing")
    kind, pages, pieces = "", 0, list[Piece]()
    for event in read_file(
        path,
        document.name,
        loaders=settings.RAG_LOADERS,
        splitter=choose_splitter(),
        cancelled=work.is_cancelled,
    ):
        match event:
            case Progress():
                work.report_progress_sometimes(Status.READING, READ_SHARE * event.done // max(event.total, 1))
            case Piece():
                pieces.append(event)
                work.report_progress_sometimes(Status.READING, READ_SHARE)
            case str():
                kind = event
            case int():
                pages = event
    work.note(kind=kind, pages=pages or None)
    return pieces


def embed_pieces(
    work: Work, runner: asyncio.Runner, embedder: PassageEmbedder, pieces: Sequence[Piece]
) -> "Floats":
    """A server that hangs delays no cancelling."""
    texts = [f"{piece.heading}\n{piece.text}" if piece.heading else piece.text for piece in pieces]
    task = runner.get_loop().create_task(embedder.embed(texts))
    try:
        runner.run(_wait_for(task))
        while not task.done():
            work.report_progress(Status.EMBEDDING, work.document.progress)
            runner.run(_wait_for(task))
    finally:
        task.cancel()
        runner.run(_wait_for(task))
    return task.result()


async def _wait_for(task: "asyncio.Task[Floats]") -> None:
    await asyncio.wait({task}, timeout=HEARTBEAT)


def save_passages(
    work: Work, chosen: ChosenModel, pieces: Sequence[Piece], first: int, vectors: "Floats"
) -> None:
    """Passages with their words and vectors, all or none."""
    document, into = work.document, store()
    name = terms(document.name)
    with transaction.atomic(using=router.db_for_write(Passage)):
        work.note(status=Status.EMBEDDING)
        rows = Passage.objects.bulk_create(
            [
                Passage(
                    document=document,
                    position=first + number,
                    page=piece.page,
                    heading=piece.heading,
                    text=piece.text,
                )
                for number, piece in enumerate(pieces)
            ],
            batch_size=500,
        )
        into.words.add([PassageRow(row.pk, name, terms(row.heading), terms(row.text)) for row in rows])
        into.vectors.add(
            chosen.model.pk, [(row.pk, vector) for row, vector in zip(rows, vectors, strict=True)]
        )
