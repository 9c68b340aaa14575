import threading
from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any

import numpy as np
import pytest
from django.utils import timezone
from pytest_django.fixtures import Settings

from rag import access, files, ingest, model_choice, turns, worker
from rag.embedding import NGRAMS, PassageEmbedder
from rag.errors import DocumentError
from rag.ingest import LEASE, claim_document, claim_next
from rag.models import Collection, Document, EmbeddingModel, Passage, Status
from rag.reembedding import reembed
from rag.store import Scope, store
from rag.words import terms
from tests.rag import makers

LIMIT = 1 << 20


def add(name: str, data: bytes, owner: str = "ada", conversation: str = "") -> Document:
    return access.add_document(owner, name, [data], LIMIT, conversation).document


def add_text(text: str, **more: str) -> Document:
    return add("notes.txt", text.encode(), **more)


def work() -> None:
    while document := claim_next():
        ingest.ingest_document(document)


def found(owner: str, question: str) -> list[str]:
    scope = access.scope(owner)
    index = store().words
    hits = index.search(scope, index.counts(terms(question)), 10)
    return [Passage.objects.get(pk=hit.passage).text for hit in hits]


def originals() -> set[str]:
    return {path.name for path in files.folder().iterdir() if not path.name.startswith(".")}


def test_a_document_becomes_passages_that_are_found(database: str) -> None:
    document = add("rapor.pdf", makers.pdf(["Bütçe 40 milyon.", "Gelir 12 milyon."], [("Mali tablo", 0)]))
    work()
    document.refresh_from_db()
    assert (document.status, document.progress, document.error) == (Status.READY, 100, "")
    assert (document.kind, document.pages, document.passage_count) == ("pdf", 2, 2)
    other, passage = Passage.objects.filter(document=document).order_by("position")
    assert (passage.heading, passage.page) == ("Mali tablo", 2)
    assert found("ada", "gelirler") == [passage.text]
    vectors = store().vectors.search(access.scope("ada"), EmbeddingModel.objects.get().pk, np.ones(2048), 5)
    assert {hit.passage for hit in vectors} == {other.pk, passage.pk}


@pytest.mark.django_db(transaction=True)
def test_the_worker_takes_what_waits_and_comes_to_its_end() -> None:
    documents = [add_text(f"number {number}") for number in range(5)]
    worker.wake_worker()
    worker.wake_worker()
    assert worker.wait_until_idle(30)
    assert {row.status for row in Document.objects.filter(pk__in=[d.pk for d in documents])} == {Status.READY}


@pytest.fixture(autouse=True)
def no_turns_before() -> None:
    turns.forget_turns()


@pytest.mark.django_db(transaction=True)
def test_people_take_turns_and_a_book_is_not_passed_by_for_ever() -> None:
    book = add_text("many words " * 1_000)
    for number in range(6):
        add_text(f"note {number}")
        add_text(f"her note {number}", owner="eve")
    taken = list(iter(claim_next, None))
    owners = [document.collection.owner for document in taken]
    assert owners[:12] == ["ada", "eve"] * 6
    assert taken.index(book) == 2


@pytest.mark.django_db(transaction=True)
def test_a_large_document_delays_no_small_one() -> None:
    large, small = add_text("many words " * 1_000), add_text("few words")
    assert [document.pk for document in (claim_next(), claim_next()) if document] == [small.pk, large.pk]
    assert claim_next() is None


@pytest.mark.django_db(transaction=True)
def test_the_same_file_is_kept_once_and_read_once_for_each_collection() -> None:
    first = access.add_document("ada", "a.txt", [b"same ", b"bytes"], LIMIT)
    again = access.add_document("ada", "b.txt", [b"same bytes"], LIMIT)
    other = access.add_document("grace", "c.txt", [b"same bytes"], LIMIT)
    assert (first.is_new, again.is_new, other.is_new) == (True, False, True)
    assert first.document.pk == again.document.pk != other.document.pk
    assert originals() == {first.document.sha256}
    mode = (files.folder() / first.document.sha256).stat().st_mode
    assert mode & 0o077 == 0


@pytest.mark.django_db(transaction=True)
def test_an_original_goes_with_the_last_document_that_has_it() -> None:
    mine, theirs = add_text("shared text"), add_text("shared text", owner="grace")
    work()
    access.delete_document(mine)
    assert originals() == {theirs.sha256}
    assert found("ada", "shared") == []
    assert found("grace", "shared") == ["shared text"]
    access.delete_document(theirs)
    assert originals() == set()
    assert Passage.objects.count() == 0


@pytest.mark.django_db(transaction=True)
def test_a_file_over_the_limit_leaves_nothing() -> None:
    with pytest.raises(DocumentError) as caught:
        access.add_document("ada", "a.txt", [b"x" * 600, b"x" * 600], 1000)
    assert caught.value.code == "too_large"
    assert originals() == set()
    assert list(files.folder().glob(".?*")) in ([], [files.folder() / ".lock"])
    assert Document.objects.count() == 0


@pytest.mark.django_db(transaction=True)
def test_a_file_that_cannot_be_read_says_why_and_does_not_stop_the_next() -> None:
    bad, good = add("a.pdf", b"%PDF-1.4 broken"), add_text("fine")
    work()
    bad.refresh_from_db()
    good.refresh_from_db()
    assert (bad.status, bad.error, bad.passage_count) == (Status.FAILED, "broken", 0)
    assert good.status == Status.READY


@pytest.mark.django_db(transaction=True)
def test_a_failed_document_can_be_tried_again(settings: Settings) -> None:
    document = add_text("something to read")
    settings.RAG_SPLITTER = "tests.rag.test_ingest.no_splitter"
    work()
    document.refresh_from_db()
    assert (document.status, document.error) == (Status.FAILED, "internal")
    settings.RAG_SPLITTER = "rag.split.split"
    assert access.retry_document(document)
    assert not access.retry_document(document)
    work()
    document.refresh_from_db()
    assert (document.status, document.error) == (Status.READY, "")


def no_splitter(blocks: object, kind: str) -> None:
    raise ZeroDivisionError


@pytest.fixture
def held(settings: Settings, monkeypatch: pytest.MonkeyPatch, transactional_db: None) -> Callable[[], None]:
    """An ingest that stands still while it embeds, until it is cancelled."""
    settings.RAG_EMBEDDER = "tests.rag.test_ingest.HeldEmbedder"
    monkeypatch.setattr(ingest, "HEARTBEAT", 0.05)
    HeldEmbedder.began.clear()

    def begin() -> None:
        worker.wake_worker()
        assert HeldEmbedder.began.wait(20)

    return begin


class HeldEmbedder(PassageEmbedder):
    floor = 0.0
    batch = 10
    began = threading.Event()

    def __init__(self) -> None:
        self.ref = "held/held"

    async def embed(self, texts: Sequence[str]) -> Any:
        import asyncio

        self.began.set()
        await asyncio.Event().wait()


def test_cancelling_ends_the_work_and_leaves_no_passages(held: Callable[[], None]) -> None:
    document = add_text("text")
    held()
    assert access.count_unread_documents("ada") == 1
    assert access.cancel_document(document)
    assert not access.cancel_document(document)
    assert worker.wait_until_idle(20)
    document.refresh_from_db()
    assert (document.status, document.error, document.leased_until) == (Status.CANCELLED, "cancelled", None)
    assert Passage.objects.count() == 0
    assert access.count_unread_documents("ada") == 0


def test_deleting_ends_the_work(held: Callable[[], None]) -> None:
    document = add_text("text")
    held()
    access.delete_document(document)
    assert worker.wait_until_idle(20)
    assert Document.objects.count() == 0
    assert Passage.objects.count() == 0


@pytest.mark.django_db(transaction=True)
def test_what_a_dead_process_left_is_taken_up_when_its_lease_is_over() -> None:
    document = add_text("text")
    assert claim_next() == document
    assert claim_next() is None
    Document.objects.update(leased_until=timezone.now() - LEASE, status=Status.EMBEDDING)
    Passage.objects.create(document=document, position=0, text="half done")
    work()
    document.refresh_from_db()
    assert document.status == Status.READY
    assert found("ada", "text half") == ["text"]


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("minutes", [-10, 10], ids=["behind", "ahead"])
def test_a_machine_whose_clock_is_off_takes_no_document_from_another(
    monkeypatch: pytest.MonkeyPatch, minutes: int
) -> None:
    document = add_text("text")
    assert claim_next() == document
    now = timezone.now
    monkeypatch.setattr(timezone, "now", lambda: now() + timedelta(minutes=minutes))
    assert claim_next() is None
    assert not claim_document(document)
    # And what it claims itself it has for as long as any other.
    other = add_text("other")
    assert claim_next() == other
    monkeypatch.setattr(timezone, "now", now)
    assert claim_next() is None
    Document.objects.update(leased_until=now() - timedelta(seconds=1))
    assert claim_next() is not None


@pytest.mark.django_db(transaction=True)
def test_a_missing_original_is_said() -> None:
    document = add_text("text")
    (files.folder() / document.sha256).unlink()
    work()
    document.refresh_from_db()
    assert (document.status, document.error) == (Status.FAILED, "missing")


@pytest.mark.django_db(transaction=True)
def test_names_lose_their_folders_and_keep_their_ending() -> None:
    assert add("../../etc/passwd.txt", b"x").name == "passwd.txt"
    assert add("C:\\files\\rapor\n.txt", b"y").name == "rapor.txt"
    long = add(f"{'n' * 400}.md", b"z").name
    assert (len(long), long[-3:]) == (200, ".md")


@pytest.mark.django_db(transaction=True)
def test_a_scope_is_of_its_owner_and_conversation_whatever_is_chosen() -> None:
    own, theirs = add_text("own"), add_text("theirs", owner="grace")
    here, there = add_text("here", conversation="c1"), add_text("there", conversation="c2")
    assert set(access.scope("ada").collections) == {own.collection_id}
    assert set(access.scope("ada", "c1").collections) == {own.collection_id, here.collection_id}
    chosen = access.scope("ada", "c1", [own.pk, theirs.pk, there.pk])
    assert chosen.documents == frozenset({own.pk, there.pk})
    assert access.scope("ada", "c1", [theirs.pk]) == Scope((), frozenset())
    assert access.count_unread_documents("ada", "c1") == 2
    access.forget_conversation("c1")
    assert not Document.objects.filter(pk=here.pk).exists()
    assert Document.objects.filter(pk__in=[own.pk, there.pk]).count() == 2


class OtherEmbedder(PassageEmbedder):
    """Says how often a text has an `a` and a `b`."""

    floor = 0.5
    batch = 2
    fails = False

    def __init__(self) -> None:
        self.ref = "other/other"

    async def embed(self, texts: Sequence[str]) -> Any:
        if OtherEmbedder.fails:
            raise DocumentError("embedding", "down")
        return np.array([[text.count("a") + 1, text.count("b") + 1] for text in texts], dtype=np.float32)


def test_a_new_embedding_model_takes_over_when_all_its_vectors_are_there(
    database: str, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    for text in ("aaaa aaaa", "bbbb bbbb", "abab abab"):
        add_text(text)
    work()
    before = Collection.objects.get().version
    settings.RAG_EMBEDDER = "tests.rag.test_ingest.OtherEmbedder"
    monkeypatch.setattr(OtherEmbedder, "fails", True)
    reembed()
    chosen = model_choice.choose_for_questions()
    assert chosen is not None
    assert chosen.model.ref == NGRAMS
    monkeypatch.setattr(OtherEmbedder, "fails", False)
    reembed()
    chosen = model_choice.choose_for_questions()
    assert chosen is not None
    assert chosen.model.ref == "other/other"
    assert list(EmbeddingModel.objects.values_list("ref", flat=True)) == ["other/other"]
    assert Collection.objects.get().version != before
    hits = store().vectors.search(access.scope("ada"), chosen.model.pk, np.array([1.0, 9.0]), 1)
    assert Passage.objects.get(pk=hits[0].passage).text == "bbbb bbbb"


def test_loaders_of_ones_own_are_used(transactional_db: None, settings: Settings) -> None:
    settings.RAG_LOADERS = {"txt": "tests.rag.endless.environment"}
    document = add_text("text")
    work()
    assert "PATH=" in Passage.objects.get(document=document).text
