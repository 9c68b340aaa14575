"""Test sets and their runs, in both homes: the same bytes, and one process at a time that does a run."""

import threading
from pathlib import Path
from typing import Any

import pytest

from conversations.attachments import AttachmentStore
from conversations.errors import (
    InvalidIdError,
    RunNotFoundError,
    RunTakenError,
    SetNotFoundError,
    StorageError,
)
from conversations.purge import named_in, purge_at_once
from conversations.store.base import Store
from tests.conversations.store.conftest import Home

SET, RUN = "20261120-104233-k3v9x2qd", "20261121-090000-aaaaaaaa"
OTHER_SET, OTHER_RUN = "20261122-104233-k3v9x2qd", "20261122-090000-aaaaaaaa"
HEADER = b'{"type":"run"}\n'
WILD_IDS = ("", "x", "../secret_key", f"{SET}/..", "a" * 500, f"{SET}\n")


def read_run(store: Store, run: str = RUN) -> bytes:
    with store.testsets.reading_run(SET, run) as content:
        data = b"".join(content.blocks)
        assert content.size == len(data)
    return data


def is_going(store: Store, run: str = RUN) -> bool:
    with store.testsets.reading_run(SET, run) as content:
        return content.is_going


@pytest.fixture
def there(home: Home) -> Store:
    """The same home as another process has it."""
    return home.elsewhere()


@pytest.fixture
def made(store: Store) -> Store:
    store.testsets.create(SET, b'{"name":"Sums"}\n')
    return store


def test_what_one_makes_the_other_reads_changes_and_deletes(made: Store, there: Store) -> None:
    there.testsets.create(OTHER_SET, b"{}")
    assert [testset for testset, _ in made.testsets.stamps()] == [OTHER_SET, SET]
    assert there.testsets.read(SET) == b'{"name":"Sums"}\n'
    assert there.testsets.read(SET, 3) == b'{"n'
    before = dict(made.testsets.stamps())
    there.testsets.change(SET, lambda data: data.replace(b"Sums", b"More sums"))
    after = dict(made.testsets.stamps())
    assert (before[SET] != after[SET], before[OTHER_SET] == after[OTHER_SET]) == (True, True)
    assert made.testsets.read(SET) == b'{"name":"More sums"}\n'
    there.testsets.change(SET, lambda data: None)
    assert dict(made.testsets.stamps()) == after
    made.testsets.begin_run(SET, RUN, HEADER).release()
    there.testsets.delete(SET)
    assert [testset for testset, _ in made.testsets.stamps()] == [OTHER_SET]
    assert made.testsets.run_ids(SET) == []
    assert made.testsets.find_left_runs() == []


def test_what_is_not_there_is_said_to_be_missing(made: Store) -> None:
    testsets = made.testsets
    for missing in (
        lambda: testsets.read(OTHER_SET),
        lambda: testsets.change(OTHER_SET, lambda data: data),
        lambda: testsets.delete(OTHER_SET),
        lambda: testsets.begin_run(OTHER_SET, RUN, HEADER),
    ):
        with pytest.raises(SetNotFoundError):
            missing()
    for gone in (
        lambda: read_run(made),
        lambda: testsets.resume_run(SET, RUN, b"x\n"),
        lambda: testsets.delete_run(SET, RUN),
    ):
        with pytest.raises(RunNotFoundError):
            gone()
    testsets.stop_run(SET, RUN, b"x\n")
    assert testsets.take_over(SET, RUN) is None
    assert testsets.run_ids(SET) == testsets.run_ids(OTHER_SET) == []


@pytest.mark.parametrize("wild", WILD_IDS, ids=range(len(WILD_IDS)))
def test_no_id_leads_anywhere_else(made: Store, wild: str) -> None:
    testsets = made.testsets
    for asked in (
        lambda: testsets.read(wild),
        lambda: testsets.create(wild, b"x"),
        lambda: testsets.delete(wild),
        lambda: testsets.run_ids(wild),
        lambda: testsets.begin_run(SET, wild, HEADER),
        lambda: testsets.stop_run(wild, RUN, b""),
        lambda: testsets.delete_run(SET, wild),
        lambda: testsets.take_over(SET, wild),
    ):
        with pytest.raises(InvalidIdError):
            asked()


def test_nothing_is_written_over_by_another_of_its_id(made: Store, there: Store) -> None:
    with pytest.raises(StorageError):
        there.testsets.create(SET, b"{}")
    assert made.testsets.read(SET) == b'{"name":"Sums"}\n'
    hold = made.testsets.begin_run(SET, RUN, HEADER)
    with pytest.raises(StorageError):
        there.testsets.begin_run(SET, RUN, b"another\n")
    assert read_run(made) == HEADER
    hold.release()


def test_a_change_that_fails_changes_nothing(made: Store) -> None:
    def fail(data: bytes) -> bytes:
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        made.testsets.change(SET, fail)
    assert made.testsets.read(SET) == b'{"name":"Sums"}\n'


def test_of_two_writers_none_undoes_what_the_other_wrote(made: Store, there: Store) -> None:
    made.testsets.change(SET, lambda data: b"")

    def write(store: Store, name: bytes) -> None:
        for _ in range(20):
            store.testsets.change(SET, lambda data: data + name)

    writers = [threading.Thread(target=write, args=args) for args in ((made, b"a"), (there, b"b"))]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert sorted(made.testsets.read(SET)) == sorted(b"a" * 20 + b"b" * 20)


def test_what_is_due_is_taken_by_one_of_many(home: Home, made: Store) -> None:
    """As a run by a schedule: whoever finds that it is due moves it on."""
    made.testsets.change(SET, lambda data: b"due")
    stores, taken, start = [home.elsewhere() for _ in range(3)], [], threading.Barrier(3)

    def take(data: bytes) -> bytes | None:
        if data != b"due":
            return None
        taken.append(1)
        return b"later"

    def look(store: Store) -> None:
        start.wait()
        store.testsets.change(SET, take)

    looking = [threading.Thread(target=look, args=(store,)) for store in stores]
    for one in looking:
        one.start()
    for one in looking:
        one.join()
    assert (taken, made.testsets.read(SET)) == ([1], b"later")


def test_a_run_is_only_added_to_and_the_same_in_each_process(made: Store, there: Store) -> None:
    hold = made.testsets.begin_run(SET, RUN, HEADER)
    hold.append(b"one\ntwo\n")
    hold.append(b"three\n")
    assert read_run(there) == HEADER + b"one\ntwo\nthree\n"
    assert (is_going(there), hold.check_standing()) == (True, "held")
    made.testsets.begin_run(SET, OTHER_RUN, HEADER).release()
    assert there.testsets.run_ids(SET) == [OTHER_RUN, RUN]
    hold.end()
    hold.release()
    assert (is_going(there), there.testsets.take_over(SET, RUN)) == (False, None)
    there.testsets.delete_run(SET, RUN)
    assert made.testsets.run_ids(SET) == [OTHER_RUN]


def test_a_run_of_many_blocks_is_read_whole(made: Store, there: Store) -> None:
    hold = made.testsets.begin_run(SET, RUN, HEADER)
    lines = [b"%d " % number + b"x" * 3000 + b"\n" for number in range(60)]
    for line in lines:
        hold.append(line)
    hold.append(b"y" * 3_000_000 + b"\n")
    assert read_run(there) == HEADER + b"".join(lines) + b"y" * 3_000_000 + b"\n"
    hold.release()


def test_one_process_does_a_run_until_it_lets_go(made: Store, there: Store) -> None:
    hold = made.testsets.begin_run(SET, RUN, HEADER)
    assert there.testsets.take_over(SET, RUN) is None
    assert made.testsets.take_over(SET, RUN) is None
    assert there.testsets.resume_run(SET, RUN, b"again\n") is None
    hold.release()
    assert (SET, RUN) in there.testsets.find_left_runs()
    taken = there.testsets.take_over(SET, RUN)
    assert taken is not None
    assert made.testsets.take_over(SET, RUN) is None
    taken.append(b"there\n")
    with pytest.raises(RunTakenError):
        hold.append(b"here\n")
    assert (hold.check_standing(), taken.check_standing()) == ("taken", "held")
    hold.stop(b"stopped\n")
    hold.end()
    assert is_going(made)
    assert read_run(made) == HEADER + b"there\n"
    taken.release()
    again = made.testsets.take_over(SET, RUN)
    assert again is not None
    again.release()


def test_one_that_is_stopped_elsewhere_ends_keeps_what_had_ended_and_goes_on(
    made: Store, there: Store
) -> None:
    hold = made.testsets.begin_run(SET, RUN, HEADER)
    there.testsets.stop_run(SET, RUN, b"stopped\n")
    assert (hold.check_standing(), is_going(made)) == ("stopped", False)
    # What had ended when it was stopped.
    hold.append(b"late\n")
    there.testsets.stop_run(SET, RUN, b"stopped twice\n")
    assert there.testsets.take_over(SET, RUN) is None
    resumed = there.testsets.resume_run(SET, RUN, b"resumed\n")
    assert resumed is not None
    assert hold.check_standing() == "taken"
    with pytest.raises(RunTakenError):
        hold.append(b"too late\n")
    hold.release()
    resumed.append(b"on\n")
    assert read_run(made) == HEADER + b"stopped\nlate\nresumed\non\n"
    assert (resumed.check_standing(), is_going(made)) == ("held", True)
    assert made.testsets.take_over(SET, RUN) is None
    resumed.release()


def test_whoever_does_a_run_that_is_deleted_is_told_so(made: Store, there: Store) -> None:
    first = made.testsets.begin_run(SET, RUN, HEADER)
    second = made.testsets.begin_run(SET, OTHER_RUN, HEADER)
    there.testsets.delete_run(SET, RUN)
    there.testsets.delete(SET)
    for hold in (first, second):
        assert hold.check_standing() == "stopped"
        with pytest.raises(RunNotFoundError):
            hold.append(b"x\n")
        hold.stop(b"x\n")
        hold.end()
        hold.release()
    assert made.testsets.run_ids(SET) == []


def test_behind_a_torn_end_a_line_begins_anew(made: Store, there: Store) -> None:
    hold = made.testsets.begin_run(SET, RUN, HEADER + b"torn")
    hold.append(b"whole\n")
    hold.release()
    assert read_run(there) == HEADER + b"torn\nwhole\n"


def test_of_many_processes_one_takes_over_what_another_left(home: Home, made: Store) -> None:
    made.testsets.begin_run(SET, RUN, HEADER).release()
    stores, start = [home.elsewhere() for _ in range(4)], threading.Barrier(4)
    held: list[Any] = []

    def take(store: Store) -> None:
        start.wait()
        if (hold := store.testsets.take_over(SET, RUN)) is not None:
            held.append(hold)

    taking = [threading.Thread(target=take, args=(store,)) for store in stores]
    for one in taking:
        one.start()
    for one in taking:
        one.join()
    assert len(held) == 1
    held[0].release()


def test_all_that_test_sets_and_runs_name_is_found_wherever_they_were_made(made: Store, there: Store) -> None:
    by_set, by_run, by_broken = ("aa" * 32, "bb" * 32, "cc" * 32)
    made.testsets.change(SET, lambda data: b'{"attachments":["%s"]}' % by_set.encode())
    made.testsets.create(OTHER_SET, b'{"attachments": ["%s"], broken' % by_broken.encode())
    before = there.clock()
    hold = made.testsets.begin_run(SET, RUN, HEADER)
    hold.append(b'{"cases":[{"attachments":["%s"]}]}\n' % by_run.encode())
    hold.release()

    def named(since: float) -> set[str]:
        return {sha256 for text in there.texts(since) for sha256 in named_in(text)}

    assert named(0) == {by_set, by_run, by_broken}
    assert by_run in named(before)
    assert named(there.clock() + 3600) == set()


@pytest.mark.django_db(transaction=True)
def test_an_original_that_a_test_set_of_another_machine_names_is_kept_until_it_is_deleted(
    made: Store, there: Store, data_dir: Path
) -> None:
    attachments = AttachmentStore(data_dir)
    sha256 = attachments.add(b"asked about").sha256
    made.testsets.change(SET, lambda data: b'{"attachments":["%s"]}' % sha256.encode())
    assert purge_at_once(there, attachments, (), {sha256}).attachments == []
    made.testsets.delete(SET)
    assert purge_at_once(there, attachments, (), {sha256}).attachments == [sha256]
