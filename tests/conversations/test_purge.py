"""What is removed for ever, and what must not be."""

import os
import threading
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any, cast

import pytest

from conversations import purge, signals
from conversations.attachments import AttachmentStore
from conversations.errors import ConversationNotFoundError, StorageError
from conversations.files import purging
from conversations.files.folders import Folders
from conversations.files.store import FileStore
from tests.conversations.samples import ID, conversation, header, user

pytestmark = pytest.mark.django_db(transaction=True)
OTHER = "20200101-000000-aaaaaaaa"


@pytest.fixture
def attachments(data_dir: Path) -> AttachmentStore:
    return AttachmentStore(data_dir)


def never() -> bool:
    return False


def aged(path: Path, days: float) -> None:
    then = time.time() - timedelta(days=days).total_seconds()
    os.utime(path, (then, then))


def kept(attachments: AttachmentStore, data: bytes, days: float = 2) -> str:
    sha256 = attachments.add(data).sha256
    aged(attachments.folder / sha256, days)
    return sha256


def file_part(sha256: str) -> dict[str, Any]:
    return {"type": "file", "sha256": sha256, "name": "a.txt", "mime": "text/plain", "bytes": 1}


def named_by(sha256: str, message: str = "u1") -> Any:
    return user(message, parts=[file_part(sha256)])


def purge_files(data_dir: Path) -> purge.Purged:
    return purge.purge_files(FileStore(data_dir), AttachmentStore(data_dir))


def purge_if_due(data_dir: Path, should_stop: purge.ShouldStop) -> purge.Purged | None:
    return purge.purge_if_due(FileStore(data_dir), AttachmentStore(data_dir), should_stop)


def in_trash(store: FileStore, *records: Any, days: float, one: str = OTHER) -> None:
    store.create(conversation(one), *records)
    store.trash(one)
    aged(store.folders.trash / f"{one}.jsonl", days)


def test_the_trash_is_purged_by_the_day_of_deleting(store: FileStore, data_dir: Path) -> None:
    for conversation_id in (ID, OTHER):
        store.create(conversation(conversation_id))
        os.utime(store.folders.path(conversation_id), (0, 0))
        store.folders.journal_folder(conversation_id).mkdir()
        store.trash(conversation_id)
    aged(store.folders.trash / f"{OTHER}.jsonl", 31)
    assert purge_files(data_dir).conversations == [OTHER]
    assert sorted(path.name for path in store.folders.trash.iterdir()) == [f"{ID}.jsonl", f"{ID}.live"]


def in_a_conversation(store: FileStore, sha256: str) -> None:
    store.create(conversation(), named_by(sha256))


def in_a_damaged_conversation(store: FileStore, sha256: str) -> None:
    in_a_conversation(store, sha256)
    with store.folders.path(ID).open("ab") as file:
        file.write(b'}}}\n{"type":"message"')


def in_a_conversation_of_a_format_to_come(store: FileStore, sha256: str) -> None:
    store.create(conversation(), cast(Any, {"type": "hologram", "at": "x", "attachments": [sha256]}))


def in_the_trash(store: FileStore, sha256: str) -> None:
    in_trash(store, named_by(sha256), days=29)


def in_a_journal(store: FileStore, sha256: str) -> None:
    store.create(conversation())
    store.journals.begin(ID, header("a1", None, parts=[file_part(sha256)])).close()


def in_a_torn_end(store: FileStore, sha256: str) -> None:
    store.create(conversation())
    store.folders.path(ID).with_suffix(".torn-1").write_text(f'{{"parts":[{{"sha256":"{sha256}","na')


def across_two_blocks(store: FileStore, sha256: str) -> None:
    store.create(conversation(title="x" * (purging.BLOCK - 250)), named_by(sha256))


def at_the_end_of_much(store: FileStore, sha256: str) -> None:
    store.create(conversation(), *[user(f"u{n}", text="y" * 9_000) for n in range(50)], named_by(sha256, "z"))


@pytest.mark.parametrize(
    "name",
    [
        in_a_conversation,
        in_a_damaged_conversation,
        in_a_conversation_of_a_format_to_come,
        in_the_trash,
        in_a_journal,
        in_a_torn_end,
        across_two_blocks,
        at_the_end_of_much,
    ],
)
def test_an_attachment_stays_while_anything_names_it(
    name: Callable[[FileStore, str], None], store: FileStore, attachments: AttachmentStore, data_dir: Path
) -> None:
    wanted, unwanted = kept(attachments, b"wanted", days=400), kept(attachments, b"unwanted")
    name(store, wanted)
    assert purge_files(data_dir).attachments == [unwanted]
    assert attachments.read(wanted) == b"wanted"
    assert attachments.read(unwanted) is None


@pytest.mark.parametrize("offset", range(-70, 70, 7))
def test_a_hash_is_found_wherever_a_block_ends(offset: int, tmp_path: Path) -> None:
    sha256 = "ab" * 32
    text = b"x" * (purging.BLOCK + offset) + f'"{sha256}"'.encode() + b"x" * 10
    path = tmp_path / "file"
    path.write_bytes(text)
    assert purge.named_in([text]) == purge.named_in(purging.blocks_of(path)) == {sha256}


def test_what_a_purged_conversation_alone_named_goes_with_it(
    store: FileStore, attachments: AttachmentStore, data_dir: Path
) -> None:
    alone, shared = kept(attachments, b"alone", days=0.1), kept(attachments, b"shared", days=0.1)
    in_trash(store, named_by(alone), named_by(shared, "u2"), days=31)
    store.create(conversation(), named_by(shared))
    purged = purge_files(data_dir)
    assert (purged.conversations, purged.attachments) == ([OTHER], [alone])


def test_an_upload_of_the_last_day_stays(attachments: AttachmentStore, data_dir: Path) -> None:
    sha256 = kept(attachments, b"draft", days=0.9)
    assert purge_files(data_dir).attachments == []
    aged(attachments.folder / sha256, 1.1)
    assert purge_files(data_dir).attachments == [sha256]


def test_uploading_it_again_keeps_it(attachments: AttachmentStore, data_dir: Path) -> None:
    sha256 = kept(attachments, b"again", days=50)
    attachments.add(b"again")
    assert purge_files(data_dir).attachments == []
    assert attachments.read(sha256) == b"again"


@pytest.mark.parametrize("how", ["add", "touch"])
def test_whoever_counts_on_a_file_while_it_is_looked_for_keeps_it(
    how: str, attachments: AttachmentStore, data_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sha256 = kept(attachments, b"same")
    looked_for = purging.texts_since

    def meanwhile(folders: Folders, since: float) -> Any:
        if since:
            if how == "add":
                attachments.add(b"same")
            else:
                assert attachments.touch(sha256)
        return looked_for(folders, since)

    monkeypatch.setattr(purging, "texts_since", meanwhile)
    assert purge_files(data_dir).attachments == []
    assert attachments.read(sha256) == b"same"


def test_a_conversation_that_moves_while_files_are_read_is_not_missed(
    store: FileStore, attachments: AttachmentStore, data_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It comes back from the trash once the one folder has been read, and the other has not."""
    sha256 = kept(attachments, b"moved")
    in_trash(store, named_by(sha256), days=1)
    below = purging.files_below
    looks: list[Path] = []

    def moving(folder: Path) -> Any:
        if folder == store.folders.trash and not looks:
            looks.append(folder)
            store.restore(OTHER)
        return below(folder)

    monkeypatch.setattr(purging, "files_below", moving)
    assert purge_files(data_dir).attachments == []
    assert looks


def test_uploads_of_the_same_bytes_meet_purging_safely(attachments: AttachmentStore, data_dir: Path) -> None:
    """Whoever was told that the file is kept finds it, though it was old and unnamed until then."""
    lost: list[int] = []
    sha256 = attachments.name(b"raced")

    def upload() -> None:
        for turn in range(60):
            attachments.add(b"raced")
            if attachments.read(sha256) != b"raced":
                lost.append(turn)
            aged(attachments.folder / sha256, 3)

    uploads = threading.Thread(target=upload)
    uploads.start()
    while uploads.is_alive():
        purge_files(data_dir)
    uploads.join()
    assert lost == []


def test_what_was_made_of_an_attachment_goes_with_it(attachments: AttachmentStore, data_dir: Path) -> None:
    gone, stays = kept(attachments, b"gone"), kept(attachments, b"stays", days=0)
    for sha256 in (gone, stays):
        (attachments.folder / f"{sha256}.text").write_text("words")
        (attachments.folder / f"{sha256}.pages.json").write_text("[]")
    draft = attachments.folder / ".halfdone"
    draft.write_text("x")
    aged(draft, 2)
    purge_files(data_dir)
    left = {path.name for path in attachments.folder.iterdir()} - {".lock"}
    assert left == {stays, f"{stays}.text", f"{stays}.pages.json"}


def test_where_a_file_cannot_be_read_no_attachment_is_removed(
    store: FileStore, attachments: AttachmentStore, data_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sha256 = kept(attachments, b"perhaps")
    store.create(conversation())

    def refuse(blocks: object) -> set[str]:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(purge, "named_in", refuse)
    with pytest.raises(StorageError, match="Permission denied"):
        purge_files(data_dir)
    assert attachments.read(sha256) == b"perhaps"


def test_where_somebody_cannot_be_asked_no_attachment_is_removed(
    attachments: AttachmentStore, data_dir: Path
) -> None:
    def fail(**_: Any) -> set[str]:
        raise RuntimeError("no database")

    sha256 = kept(attachments, b"perhaps")
    signals.attachments_wanted.connect(fail)
    try:
        with pytest.raises(RuntimeError):
            purge_files(data_dir)
    finally:
        signals.attachments_wanted.disconnect(fail)
    assert attachments.read(sha256) == b"perhaps"


def test_it_is_due_once_a_day_whoever_does_it(store: FileStore, data_dir: Path) -> None:
    in_trash(store, days=31)
    first = purge_if_due(data_dir, never)
    assert first is not None
    assert first.conversations == [OTHER]
    in_trash(store, days=31, one=ID)
    assert purge_if_due(data_dir, never) is None
    aged(data_dir / purging.STAMP, 1.1)
    again = purge_if_due(data_dir, never)
    assert again is not None
    assert again.conversations == [ID]


def test_a_clock_that_was_wrong_does_not_end_it(data_dir: Path) -> None:
    assert purge_if_due(data_dir, never) is not None
    aged(data_dir / purging.STAMP, -900)
    assert purge_if_due(data_dir, never) is not None


def test_two_processes_do_not_do_it_at_once(store: FileStore, data_dir: Path) -> None:
    in_trash(store, days=31)
    with store.purging(wait=True):
        assert purge_if_due(data_dir, never) is None
    assert purge_if_due(data_dir, never) is not None


def test_a_server_that_ends_meanwhile_leaves_it_due(
    store: FileStore, attachments: AttachmentStore, data_dir: Path
) -> None:
    sha256 = kept(attachments, b"unread")
    store.create(conversation(), named_by(sha256))
    purge_if_due(data_dir, lambda: True)
    assert attachments.read(sha256) == b"unread"
    assert purge_if_due(data_dir, never) is not None


def test_what_is_done_to_one_conversation_looks_through_no_folder(
    store: FileStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    store.create(conversation())
    store.folders.path(ID).with_suffix(".torn-1").write_text("torn")
    store.folders.path(ID).with_suffix(".torn-2").write_text("torn again")

    def refuse(*_: object) -> None:
        raise AssertionError("looked through a folder")

    monkeypatch.setattr(os, "scandir", refuse)
    monkeypatch.setattr(os, "listdir", refuse)
    store.trash(ID)
    store.restore(ID)
    assert store.folders.path(ID).with_suffix(".torn-2").read_text() == "torn again"
    store.trash(ID)
    store.trashed.purge(ID)
    assert not store.trashed.holds(ID)
    assert not (store.folders.trash / f"{ID}.torn-1").exists()


def test_two_torn_ends_of_one_number_are_both_kept(store: FileStore) -> None:
    store.create(conversation())
    store.folders.path(ID).with_suffix(".torn-1").write_text("old")
    store.trash(ID)
    store.folders.path(ID).with_suffix(".torn-1").write_text("new")
    store.restore(ID)
    torn = [store.folders.path(ID).with_suffix(f".torn-{number}").read_text() for number in (1, 2)]
    assert torn == ["new", "old"]


def test_one_that_was_restored_meanwhile_is_not_purged(store: FileStore) -> None:
    in_trash(store, days=31)
    store.restore(OTHER)
    with pytest.raises(ConversationNotFoundError):
        store.trashed.purge(OTHER)
    assert store.exists(OTHER)
