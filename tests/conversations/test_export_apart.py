"""Documents are made in a process that may be killed: whatever is in a conversation, the server goes on."""

import io
import subprocess
import sys
import threading
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

import pytest
from django.utils import translation

from conversations.attachments import AttachmentStore
from conversations.errors import ConversationNotFoundError, InvalidIdError
from conversations.export import FormatName, Scope, child_process, export_document, export_stored
from conversations.export.archive import FAILED, export_documents, zip_documents
from conversations.export.child_process import ExportRefusedError, ExportsBusyError, export_in_child
from conversations.files.store import FileStore
from conversations.store.memory import MemoryFile
from tests.conversations.samples import ID, answer, conversation, user
from tests.services.processes import ROOT

OTHER = ID[:-1] + "e"
QUOTED = "> - **a** *b*\n"


@pytest.fixture(autouse=True, scope="module")
def no_child_is_left() -> Iterator[None]:
    yield
    child_process.end_idle()


@pytest.fixture
def chat(store: FileStore) -> FileStore:
    store.create(conversation(), user("u1", text="Soru?"), answer("a1", "u1", "**Yanıt**: $a^2$ `x`"))
    return store


@pytest.fixture
def long_chat(store: FileStore) -> FileStore:
    """That to write as HTML takes seconds."""
    store.create(conversation(), user("u1"), answer("a1", "u1", QUOTED * 100_000))
    store.create(conversation(OTHER), user("u1", text="short"))
    return store


@pytest.mark.parametrize("name", get_args(FormatName))
@pytest.mark.parametrize("scope", get_args(Scope))
@pytest.mark.parametrize("language", ["en", "tr", "ru"])
def test_it_is_the_document_that_would_be_made_here(
    chat: FileStore, name: FormatName, scope: Scope, language: str
) -> None:
    with translation.override(language):
        here = export_stored(chat.folders.data, ID, name, scope)
        assert export_in_child(chat.folders.data, ID, name, scope) == here


@pytest.mark.parametrize("name", get_args(FormatName))
def test_a_conversation_without_a_file_is_sent_along(data_dir: Path, name: FormatName) -> None:
    file = MemoryFile(conversation(), user("u1", text="a\u2028b\u0085c"), answer("a1", "u1", "Yanıt"))
    here = export_document(file, AttachmentStore(data_dir), name)
    assert export_in_child(data_dir, ID, name, records=file.lines()).document == here


@pytest.mark.parametrize("limit", [("CPU_SECONDS", 1), ("MEMORY", 120 * 2**20), ("SECONDS", 0.01)])
def test_what_takes_too_much_is_refused_and_the_next_is_made(
    long_chat: FileStore, monkeypatch: pytest.MonkeyPatch, limit: tuple[str, Any]
) -> None:
    data_dir = long_chat.folders.data
    with monkeypatch.context() as patched:
        patched.setattr(child_process, *limit)
        with pytest.raises(ExportRefusedError, match="more memory or time"):
            export_in_child(data_dir, ID, "html")
    assert b"short" in export_in_child(data_dir, OTHER, "html").document.data


def test_a_document_that_is_too_large_is_refused(chat: FileStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(child_process, "LARGEST", 10)
    with pytest.raises(ExportRefusedError, match="too large"):
        export_in_child(chat.folders.data, ID, "json")


def test_an_archive_has_the_rest_and_says_what_it_lacks(
    long_chat: FileStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(child_process, "CPU_SECONDS", 1)
    data_dir, failed = long_chat.folders.data, list[str]()
    found = export_documents(data_dir, [ID, OTHER], "html", "all", failed=failed, export=export_in_child)
    data = b"".join(zip_documents(found, AttachmentStore(data_dir), failed))
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert archive.namelist() == ["A title.html", FAILED]
        assert f"{ID}: To write this conversation" in archive.read(FAILED).decode()


def test_what_is_not_there_is_said_so_and_costs_no_process(chat: FileStore) -> None:
    child_process.end_idle()
    for wrong, error in ((OTHER, ConversationNotFoundError), ("../../etc", InvalidIdError)):
        with pytest.raises(error):
            export_in_child(chat.folders.data, wrong, "text")
    assert export_in_child(chat.folders.data, ID, "text").document.data
    assert len(child_process._idle) == 1


def test_a_process_that_had_nothing_to_do_is_replaced(
    chat: FileStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    child_process.end_idle()
    with monkeypatch.context() as patched:
        patched.setattr(child_process, "IDLE_SECONDS", 1.0)
        export_in_child(chat.folders.data, ID, "text")
    (child,) = child_process._idle
    assert child.has_left
    assert export_in_child(chat.folders.data, ID, "text").document.data
    assert child_process._idle != [child]


def test_who_finds_no_place_is_told_to_come_again(chat: FileStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(child_process, "WAIT_S", 0.01)
    monkeypatch.setattr(child_process, "_places", threading.BoundedSemaphore(1))
    with child_process._places, pytest.raises(ExportsBusyError):
        export_in_child(chat.folders.data, ID, "text")
    assert export_in_child(chat.folders.data, ID, "text").document.data


LIMITED = """
import resource
from conversations.export_child import limit_resources
def used():
    had = resource.getrusage(resource.RUSAGE_SELF)
    return had.ru_utime + had.ru_stime
while used() % 1 < 0.9:
    pass
before = used()
limit_resources({"cpu_seconds": 1, "memory": resource.RLIM_INFINITY})
print(resource.getrlimit(resource.RLIMIT_CPU)[0] - before)
"""


def test_a_process_that_has_worked_already_has_all_of_its_time_for_the_next() -> None:
    command = [sys.executable, "-c", LIMITED]
    left = float(subprocess.run(command, cwd=ROOT, capture_output=True, check=True, text=True).stdout)
    assert 1 <= left <= 2


def test_no_more_processes_run_than_there_are_places(
    chat: FileStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    # On a busy machine the last waits for longer than a person would.
    monkeypatch.setattr(child_process, "WAIT_S", 150.0)
    made: list[bytes] = []
    threads = [
        threading.Thread(
            target=lambda: made.append(export_in_child(chat.folders.data, ID, "text").document.data)
        )
        for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (len(made), len(set(made))) == (8, 1)
    assert len(child_process._idle) <= child_process.AT_ONCE
