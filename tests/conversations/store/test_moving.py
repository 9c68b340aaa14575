"""Conversations that move from one home to the other, and back."""

from collections.abc import Callable
from pathlib import Path

import pytest

from conversations.files.store import FileStore
from conversations.moving import MoveReport, move_conversations
from conversations.postgresql.store import PostgresStore
from conversations.store.base import Store
from conversations.store.lines import encode_record, encode_records
from tests.conversations.samples import ID, answer, conversation, header, one_of_each, user

OTHER = "20250101-000000-aaaaaaaa"
DELETED = "20250102-000000-aaaaaaaa"
FIRST, ASKED, SAID = (
    encode_record(conversation()),
    encode_record(user("u1")),
    encode_record(answer("a1", "u1")),
)

STRANGE = {
    "as it is written": encode_records(one_of_each()),
    "a torn end": FIRST + ASKED + SAID[:50],
    "an end that lacks its newline": FIRST + ASKED[:-1],
    "blank lines": FIRST + b"\n\n" + ASKED + b"\n",
    "a broken line in the middle": FIRST + b'{"type": "mess\n' + ASKED,
    "a first line that cannot be read": b"nothing\n" + ASKED,
    "carriage returns and a mark": b"\xef\xbb\xbf" + (FIRST + ASKED).replace(b"\n", b"\r\n"),
    "a newer format": encode_record(conversation(format=2)) + ASKED,
    "no bytes": b"",
    "one newline": b"\n",
    "bytes that are no text": FIRST + b"\xff\xfe\x00\n" + ASKED,
    "a line of megabytes": FIRST + encode_record(user("u1", text="x" * 3_000_000)) + SAID,
}


def moved(source: Store, target: Store, *, dry_run: bool = False) -> MoveReport:
    return move_conversations(source, target, dry_run=dry_run, progress=lambda done, total: None)


def bytes_of(store: Store, one: str = ID, *, trashed: bool = False) -> bytes:
    with (store.trashed if trashed else store).reading(one) as content:
        return b"".join(content.blocks(0, content.size))


@pytest.fixture
def files(data_dir: Path) -> FileStore:
    return FileStore(data_dir)


@pytest.fixture
def database(rows: Callable[[], PostgresStore]) -> PostgresStore:
    return rows()


@pytest.mark.parametrize("data", STRANGE.values(), ids=STRANGE)
def test_whatever_a_file_holds_goes_there_and_back_to_the_byte(
    files: FileStore, database: PostgresStore, data: bytes, tmp_path: Path
) -> None:
    files.folders.conversations.mkdir()
    files.folders.path(ID).write_bytes(data)
    assert moved(files, database) == MoveReport(copied=1, bytes=len(data))
    assert bytes_of(database) == data
    before, after = files.open(ID), database.open(ID)
    assert list(after.records_from(0)) == list(before.records_from(0))
    assert after.damaged == before.damaged
    back = FileStore(tmp_path / "back")
    assert moved(database, back).failed == []
    assert back.folders.path(ID).read_bytes() == data


@pytest.mark.parametrize("name", ["a torn end", "an end that lacks its newline", "blank lines"])
def test_what_is_appended_there_stands_where_a_file_would_have_it(
    files: FileStore, database: PostgresStore, name: str
) -> None:
    files.folders.conversations.mkdir()
    files.folders.path(ID).write_bytes(STRANGE[name])
    moved(files, database)
    for store in (files, database):
        store.append(ID, [user("u2")])
        store.append(ID, [user("u3")])
    assert bytes_of(database) == bytes_of(files)
    kept = [remark for remark in database.remarks(ID) if "set aside" in remark]
    assert kept == [remark for remark in files.remarks(ID) if "set aside" in remark]


def test_a_move_that_was_broken_off_goes_on_and_overwrites_nothing(
    files: FileStore, database: PostgresStore
) -> None:
    for one in (ID, OTHER, DELETED):
        files.create(conversation(one), user("u1"))
    files.trash(DELETED)
    database.create(conversation(OTHER), user("u1"))
    database.append(OTHER, [user("said there")])
    assert moved(files, database, dry_run=True).copied == 2
    assert not database.exists(ID)
    first = moved(files, database)
    assert (first.copied, first.passed_over, len(first.failed)) == (2, 0, 1)
    assert OTHER in first.failed[0]
    again = moved(files, database)
    assert (again.copied, again.passed_over, again.failed) == (0, 2, first.failed)
    assert "said there" in database.open(OTHER).tree.messages
    assert bytes_of(database, DELETED, trashed=True) == bytes_of(files, DELETED, trashed=True)
    assert abs(database.trashed.trashed_at(DELETED) - files.trashed.trashed_at(DELETED)) < 0.001
    assert list(files.ids()) == [OTHER, ID]


def test_what_a_dead_process_left_becomes_an_answer_before_it_moves(
    files: FileStore, database: PostgresStore
) -> None:
    files.create(conversation(), user("u1"))
    files.journals.begin(ID, header("a1", "u1")).close()
    assert moved(files, database).failed == []
    (kept,) = database.open(ID).messages(["a1"])
    assert kept["status"] == "interrupted"  # type: ignore[typeddict-item]


def test_one_that_is_answered_in_does_not_move(files: FileStore, database: PostgresStore) -> None:
    files.create(conversation(), user("u1"))
    journal = files.journals.begin(ID, header("a1", "u1"))
    assert len(moved(files, database).failed) == 1
    assert not database.exists(ID)
    journal.remove()
