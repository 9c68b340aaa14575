"""Conversations that move from one home to the other, and back."""

from collections.abc import Callable
from pathlib import Path

import pytest

from conversations.files.store import FileStore
from conversations.moving import MoveReport, are_same, move_conversations
from conversations.postgresql.store import PostgresStore
from conversations.store.base import Store
from conversations.store.lines import encode_record, encode_records
from conversations.store.testsets import RunContent
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


SET, RUN, OTHER_RUN = "20250103-000000-aaaaaaaa", "20250104-000000-aaaaaaaa", "20250105-000000-aaaaaaaa"
TESTSETS = {
    "as it is written": b'{\n  "format": 1\n}\n',
    "no JSON": b"{",
    "no bytes": b"",
    "bytes that are no text": b"\xff\xfe\x00",
    "more than can be used": b"[" + b" " * (33 * 1024 * 1024),
}
RUNS = {
    "as it is written": b'{"type":"run"}\n{"type":"asked"}\n',
    "a torn end": b'{"type":"run"}\n{"type":"as',
    "no bytes": b"",
    "one newline": b"\n",
    "bytes that are no text": b"\xff\xfe\x00\n\r\n",
    "megabytes": b"x" * 5_000_000 + b"\n" + b"y" * 1_048_576,
}


def run_of(store: Store, run: str = RUN) -> tuple[bytes, bool]:
    with store.testsets.reading_run(SET, run) as content:
        return b"".join(content.blocks), content.is_going


def put_run(store: Store, data: bytes, *, going: bool, run: str = RUN) -> None:
    store.testsets.take_in_run(SET, run, RunContent(len(data), going, iter([data])))


@pytest.mark.parametrize("data", TESTSETS.values(), ids=TESTSETS)
def test_whatever_a_test_set_holds_goes_there_and_back_to_the_byte(
    files: FileStore, database: PostgresStore, data: bytes, tmp_path: Path
) -> None:
    files.testsets.create(SET, data)
    assert moved(files, database) == MoveReport(testsets=1)
    assert moved(files, database) == MoveReport(testsets_passed_over=1)
    back = FileStore(tmp_path / "back")
    assert moved(database, back) == MoveReport(testsets=1)
    assert (back.folders.testsets / f"{SET}.json").read_bytes() == data


@pytest.mark.parametrize("going", [False, True], ids=["stopped", "going"])
@pytest.mark.parametrize("data", RUNS.values(), ids=RUNS)
def test_whatever_a_run_holds_goes_there_and_back_to_the_byte_and_goes_on_where_it_was_to(
    files: FileStore, database: PostgresStore, data: bytes, going: bool, tmp_path: Path
) -> None:
    files.testsets.create(SET, b"{}")
    put_run(files, data, going=going)
    assert moved(files, database) == MoveReport(testsets=1, runs=1)
    assert run_of(database) == (data, going)
    assert database.testsets.find_left_runs() == ([(SET, RUN)] if going else [])
    back = FileStore(tmp_path / "back")
    assert moved(database, back).failed == []
    assert run_of(back) == (data, going)
    assert (back.folders.testsets / f"{SET}.runs" / f"{RUN}.jsonl").read_bytes() == data
    for store in (back, database):
        hold = store.testsets.take_over(SET, RUN)
        assert (hold is not None) == going
        if hold is not None:
            hold.append(b"on\n")
            hold.release()
    assert run_of(back) == run_of(database)


def test_a_move_of_test_sets_that_was_broken_off_goes_on_and_overwrites_nothing(
    files: FileStore, database: PostgresStore
) -> None:
    files.testsets.create(SET, b"{}")
    files.testsets.create(OTHER, b"mine")
    for run in (RUN, OTHER_RUN):
        put_run(files, b"run\n", going=False, run=run)
    # So far it had come; and there is another of the same id.
    database.testsets.create(SET, b"{}")
    put_run(database, b"run\n", going=False)
    database.testsets.create(OTHER, b"theirs")
    assert moved(files, database, dry_run=True).runs == 1
    assert database.testsets.run_ids(SET) == [RUN]
    first = moved(files, database)
    assert (first.testsets, first.runs, first.testsets_passed_over, first.runs_passed_over) == (0, 1, 1, 1)
    assert [OTHER in reason for reason in first.failed] == [True]
    assert database.testsets.read(OTHER) == b"theirs"
    database.testsets.stop_run(SET, RUN, b"")
    again = moved(files, database)
    assert (again.runs, again.runs_passed_over, again.failed) == (0, 2, first.failed)


@pytest.mark.parametrize(
    ("some", "others", "same"),
    [
        ([b"ab", b"c"], [b"a", b"bc"], True),
        ([b"abc"], [b"ab"], False),
        ([b"ab"], [b"abc"], False),
        ([], [b""], True),
        ([b""], [b"a"], False),
        ([b"x" * 70_000], [b"x" * 65_536, b"x" * 4_464], True),
        ([b"x" * 65_536], [b"x" * 65_536, b"y"], False),
    ],
)
def test_bytes_are_compared_however_they_come(some: list[bytes], others: list[bytes], same: bool) -> None:
    assert are_same(some, others) is same
