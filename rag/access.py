"""The only way to a document for whoever acts for a person: by whose it is. What is somebody else's is not
there."""

from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass

from django.db import IntegrityError, router, transaction
from django.db.models import Count, Q, QuerySet, Subquery, Sum

from core.originals.base import OriginalsAwayError
from core.quotas import read_allowance
from core.text.names import plain_name
from rag import files
from rag.errors import DocumentError
from rag.models import UNFINISHED, Collection, Document, Passage, Status, new_version
from rag.store import Scope
from rag.store.vector_files import folder

MOST_COLLECTIONS = 50


@dataclass(frozen=True, slots=True)
class Added:
    """`is_new` is False where the collection had that very file before."""

    document: Document
    is_new: bool


def collection(owner: str, conversation: str = "") -> Collection:
    return Collection.objects.get_or_create(owner=owner, conversation=conversation)[0]


def documents(owner: str) -> "QuerySet[Document]":
    return Document.objects.filter(collection__owner=owner).select_related("collection")


def find_documents_of_files(owner: str, hashes: Iterable[str]) -> set[int]:
    """The owner's documents that were made of these files."""
    return set(documents(owner).filter(sha256__in=list(hashes)).values_list("pk", flat=True))


def collections(owner: str) -> list[tuple[str, int]]:
    """Conversation (empty: the user's own documents) and how many documents; none without any."""
    counted = Collection.objects.filter(owner=owner).annotate(count=Count("documents")).filter(count__gt=0)
    return list(counted.order_by("-conversation").values_list("conversation", "count")[:MOST_COLLECTIONS])


def scope(owner: str, conversation: str = "", chosen: Sequence[int] | None = None) -> Scope:
    """The user's own documents and the conversation's; or, where some were chosen, those of them that are
    this user's, wherever they are."""
    own = Collection.objects.filter(owner=owner)
    if chosen is not None:
        found = documents(owner).filter(pk__in=chosen).values_list("pk", "collection_id")
        pairs = list(found)
        return Scope(tuple({pair[1] for pair in pairs}), frozenset(pair[0] for pair in pairs))
    return Scope(tuple(own.filter(conversation__in={"", conversation}).values_list("pk", flat=True)))


def count_unread_documents(owner: str, conversation: str = "", chosen: Sequence[int] | None = None) -> int:
    """How many documents a question would search if they were read already."""
    return unread_documents(owner, conversation, chosen).count()


def unread_documents(
    owner: str, conversation: str = "", chosen: Sequence[int] | None = None
) -> "QuerySet[Document]":
    unfinished = documents(owner).filter(status__in=UNFINISHED)
    if chosen is not None:
        return unfinished.filter(pk__in=chosen)
    return unfinished.filter(collection__conversation__in={"", conversation})


def list_documents(owner: str, conversation: str, most: int) -> tuple[list[Document], int]:
    """The newest `most` of one collection, and how many documents a question there would miss. Both are read
    by one statement: documents are read meanwhile, and the two must not contradict each other."""
    unread = unread_documents(owner, conversation).order_by().values("collection__owner")
    count = Subquery(unread.annotate(number=Count("pk")).values("number"))
    rows = documents(owner).filter(collection__conversation=conversation).order_by("-pk")
    listed = list(rows.annotate(unread=count)[:most])
    missed = int(listed[0].unread or 0) if listed else count_unread_documents(owner, conversation)
    return [*listed], missed


def has_file(owner: str, conversation: str, sha256: str) -> bool:
    """Whether the collection has that file, read or not."""
    return documents(owner).filter(collection__conversation=conversation, sha256=sha256).exists()


def add_document(
    owner: str, name: str, chunks: Iterable[bytes], most_bytes: int, conversation: str = ""
) -> Added:
    """Keeps the file and makes its row, to be ingested. Raises DocumentError('too_large', 'quota')."""
    into = collection(owner, conversation)
    with files.keep_original(chunks, most_bytes) as original:
        if not into.documents.filter(sha256=original.sha256).exists():
            refuse_over_quota(owner, original.size)
        row, made = Document.objects.get_or_create(
            collection=into,
            sha256=original.sha256,
            defaults={"name": plain_name(name), "size": original.size},
        )
        if not made and row.status in (Status.FAILED, Status.CANCELLED):
            retry_document(row)
        return Added(row, made)


def refuse_over_quota(owner: str, size: int) -> None:
    """Raises DocumentError('quota') where `size` bytes more are more than this person may have."""
    most = read_allowance(owner).documents
    if most and kept_bytes(owner) + size > most:
        raise DocumentError("quota")


def kept_bytes(owner: str) -> int:
    used: int | None = documents(owner).aggregate(bytes=Sum("size"))["bytes"]
    return used or 0


def add_address(owner: str, url: str, name: str, conversation: str = "") -> Document:
    return Document.objects.create(collection=collection(owner, conversation), name=plain_name(name), url=url)


def attach_fetched_file(document: Document, chunks: Iterable[bytes], most_bytes: int, name: str) -> None:
    """Gives a row that was made for an address its file. Raises DocumentError('already') where the collection
    has that file."""
    with files.keep_original(chunks, most_bytes) as original:
        refuse_over_quota(document.collection.owner, original.size)
        try:
            with transaction.atomic(using=router.db_for_write(Passage)):
                Document.objects.filter(pk=document.pk).update(
                    sha256=original.sha256, size=original.size, name=plain_name(name)
                )
        except IntegrityError as error:
            raise DocumentError("already") from error
    document.refresh_from_db()
    # `update` says nothing to those who listen for changes.
    document.save(update_fields=("name",))


def delete_document(document: Document) -> None:
    """With its passages; with its original where nobody else has it. The original goes first: where that
    fails the document is there as before, and can be deleted again. Raises OriginalsAwayError."""
    mine = Document.objects.filter(pk=document.pk).values_list("sha256", flat=True)
    files.clear_originals(mine.first() or "", Document.objects.exclude(pk=document.pk))
    with transaction.atomic(using=router.db_for_write(Passage)):
        Collection.objects.filter(pk=document.collection_id).update(version=new_version())
        sha256 = mine.get()
        document.delete()
    # Once more: who gave or deleted the same file meanwhile has counted on this row.
    with suppress(OriginalsAwayError):
        files.clear_originals(sha256, Document.objects.all())


def cancel_document(document: Document) -> bool:
    """False where there was nothing left to cancel."""
    changed = Document.objects.filter(pk=document.pk, status__in=UNFINISHED).update(
        status=Status.CANCELLED, error="cancelled", leased_until=None
    )
    if changed:
        Passage.objects.filter(document=document).delete()
    return bool(changed)


def retry_document(document: Document) -> bool:
    """False where it neither failed nor was cancelled."""
    changed = Document.objects.filter(
        Q(status=Status.FAILED) | Q(status=Status.CANCELLED), pk=document.pk
    ).update(status=Status.WAITING, error="", progress=0, leased_until=None)
    return bool(changed)


def forget_conversation(conversation: str) -> None:
    """Deletes the documents that were given to this conversation alone. For one that was purged."""
    if conversation:
        of_it = Document.objects.filter(collection__conversation=conversation)
        for document in of_it.select_related("collection"):
            delete_document(document)
        Collection.objects.filter(conversation=conversation).delete()


def read_documents_again() -> None:
    """Documents of which the passages are gone, as after a restore, wait to be read."""
    lost = Document.objects.filter(status=Status.READY, passages=None)
    with transaction.atomic(using=router.db_for_write(Passage)):
        Collection.objects.filter(pk__in=lost.values("collection")).update(version=new_version())
        lost.update(status=Status.WAITING, progress=0, passage_count=0)


def sweep_vectors() -> None:
    """Removes this machine's files of vectors of collections that are gone, or have changed."""
    if folder.has_files():
        folder.sweep_files(dict(Collection.objects.values_list("pk", "version")))
