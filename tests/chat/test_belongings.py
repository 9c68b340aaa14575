"""A conversation's documents, when something becomes of the conversation."""

from pathlib import Path

import pytest

from conversations.files.store import FileStore
from rag import access, files, ingest
from rag.models import Document, Passage, Status
from tests.conversations.samples import ID, conversation

pytestmark = pytest.mark.django_db(transaction=True)


def given(text: str, conversation: str = "") -> Document:
    document = access.add_document("ada", "file.txt", [text.encode()], 1 << 20, conversation).document
    while claimed := ingest.claim_next():
        ingest.ingest_document(claimed)
    document.refresh_from_db()
    return document


def test_a_conversation_that_is_gone_for_good_takes_its_documents_along(data_dir: Path) -> None:
    store = FileStore(data_dir)
    store.create(conversation())
    mine, its = given("kept"), given("gone", ID)
    store.trash(ID)
    assert Document.objects.count() == 2
    store.trashed.purge(ID)
    assert list(Document.objects.all()) == [mine]
    assert list(Passage.objects.values_list("text", flat=True)) == ["kept"]
    assert (files.path_of(mine.sha256) is not None, files.path_of(its.sha256)) == (True, None)


def test_documents_without_passages_are_read_again(data_dir: Path) -> None:
    lost, whole = given("one"), given("two")
    Passage.objects.filter(document=lost).delete()
    access.read_documents_again()
    assert dict(Document.objects.values_list("pk", "status")) == {
        lost.pk: Status.WAITING,
        whole.pk: Status.READY,
    }
