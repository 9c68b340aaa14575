"""Answers that stream, in every home."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from conversations.answer_parts import Delta, Facts, Line, Signature, Waiting
from conversations.errors import InvalidIdError, StorageError
from conversations.store.base import Journal, Store
from conversations.store.journal_lines import encode_line
from tests.conversations.samples import ID, answer, conversation, header, user
from tests.conversations.store.conftest import Home, in_all_homes

OTHER = "20250101-000000-aaaaaaaa"


def lines(*given: Line) -> bytes:
    return "".join(map(encode_line, given)).encode()


def text(seq: int, words: str) -> Delta:
    return Delta(seq, "text", words)


@pytest.fixture(autouse=True)
def asked(home: Home) -> None:
    home.store.create(conversation(), user("u1"))


def left_behind(store: Store, message: str = "a1", data: bytes = b"", conversation: str = ID) -> None:
    """By a process that is gone."""
    journal = store.journals.begin(conversation, header(message, "u1"))
    if data:
        journal.write(data)
    journal.close()


@in_all_homes
def test_what_arrives_is_read_elsewhere_while_it_is_written(home: Home) -> None:
    journal, there = home.store.journals.begin(ID, header("a1", "u1")), home.elsewhere().journals
    assert there.read(ID, "a1").header == header("a1", "u1")
    call: Any = {"id": "c1", "name": "look", "arguments": "{}", "source": "builtin"}
    journal.write(lines(Delta(0, "reasoning", "Hm"), Signature(1, "s")))
    journal.write(lines(text(1, "Hel"), Facts({"memory": 3}), Waiting([call])))
    journal.sync()
    found = there.read(ID, "a1")
    assert found.pieces == [Delta(0, "reasoning", "Hm"), Signature(1, "s"), text(1, "Hel")]
    assert (found.facts, found.waiting, found.unknown) == ({"memory": 3}, [call], 0)
    assert there.answer_ids(ID) == ["a1"]
    journal.remove()
    assert there.answer_ids(ID) == []
    with pytest.raises(StorageError):
        there.read(ID, "a1")


@in_all_homes
def test_many_journals_are_written_together_each_with_its_own(home: Home) -> None:
    journals: list[Journal] = [home.store.journals.begin(ID, header(f"a{n}", "u1")) for n in range(20)]
    for seq in range(3):
        written = {journal: lines(text(seq, f"{n}:{seq} ")) for n, journal in enumerate(journals)}
        assert home.store.journals.write(written) == []
    there = home.elsewhere().journals
    for n, journal in enumerate(journals):
        assert there.read(ID, f"a{n}").pieces == [text(seq, f"{n}:{seq} ") for seq in range(3)]
        journal.remove()
    assert home.store.journals.write({}) == []


@in_all_homes
def test_who_gives_an_answer_is_known_elsewhere(home: Home) -> None:
    home.store.create(conversation(OTHER), user("u1"))
    journals = [home.store.journals.begin(ID, header(f"a{n}", "u1")) for n in (1, 2)]
    third = home.store.journals.begin(ID, header("a3", "u2"))
    left_behind(home.store, "a4")
    there = home.elsewhere().journals
    assert there.find_streaming(ID) == {"a1", "a2", "a3"}
    assert there.find_streaming(ID, "u1") == there.find_streaming(ID, "a1") | {"a2"} == {"a1", "a2"}
    assert (
        there.find_streaming(OTHER)
        == there.find_streaming(ID, "a4")
        == there.find_streaming(ID, "u9")
        == set()
    )
    assert there.find_streaming_anywhere("u1") == {ID: {"a1", "a2"}}
    assert there.find_streaming_anywhere("a3") == {ID: {"a3"}}
    assert there.find_streaming_anywhere("a4") == there.find_streaming_anywhere("../x") == {}
    for journal in (*journals, third):
        journal.remove()
    assert there.find_streaming(ID) == set()


@in_all_homes
def test_an_answer_has_one_journal(home: Home) -> None:
    journal = home.store.journals.begin(ID, header("a1", "u1"))
    for store in (home.store, home.elsewhere()):
        with pytest.raises(StorageError):
            store.journals.begin(ID, header("a1", "u1"))
    for bad in ("", "../a1", "a/b", "x" * 65):
        with pytest.raises(InvalidIdError):
            home.store.journals.begin(ID, header(bad, "u1"))
        with pytest.raises(InvalidIdError):
            home.store.journals.read(ID, bad)
    journal.remove()


@in_all_homes
def test_what_is_written_now_is_left_alone(home: Home) -> None:
    journal = home.store.journals.begin(ID, header("a1", "u1"))
    journal.write(lines(text(0, "still ")))
    assert home.elsewhere().journals.recover(ID) == []
    journal.write(lines(text(1, "here")))
    assert home.store.journals.read(ID, "a1").pieces == [text(0, "still "), text(1, "here")]
    journal.remove()


@in_all_homes
def test_what_was_left_becomes_an_interrupted_answer_once_however_many_try(home: Home) -> None:
    for n in range(4):
        left_behind(home.store, f"a{n}", lines(text(0, "So: "), text(1, f"{n}")) + b'{"seq": 2, "part": "te')
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda _: home.elsewhere().journals.recover(ID), range(8)))
    answers: list[Any] = [one for batch in found for one in batch]
    assert sorted(one["id"] for one in answers) == ["a0", "a1", "a2", "a3"]
    file = home.store.open(ID)
    for n in range(4):
        (kept,) = file.messages([f"a{n}"])
        assert kept["status"] == "interrupted"  # type: ignore[typeddict-item]
        assert kept["parts"] == [{"type": "text", "text": f"So: {n}"}]
    assert len(list(file.records_from(0))) == 6
    assert home.store.journals.answer_ids(ID) == []


@in_all_homes
def test_one_whose_record_is_there_is_not_recovered(home: Home) -> None:
    left_behind(home.store)
    home.store.append(ID, [answer("a1", "u1")])
    assert home.elsewhere().journals.recover(ID) == []
    assert home.store.open(ID).messages(["a1"]) == [answer("a1", "u1")]
    assert home.store.journals.answer_ids(ID) == []


@in_all_homes
def test_all_that_was_left_is_recovered(home: Home) -> None:
    home.store.create(conversation(OTHER), user("u1"))
    for one in (ID, OTHER):
        left_behind(home.store, conversation=one)
    there = home.elsewhere()
    assert there.journals.recover_all() == 2
    assert there.journals.recover_all() == 0
    assert "a1" in there.open(OTHER).tree.messages


def test_a_read_only_conversation_keeps_its_journals(home: Home) -> None:
    home.store.create(conversation(OTHER, format=2))
    left_behind(home.store, conversation=OTHER)
    assert home.store.journals.recover(OTHER) == []
    assert home.store.journals.answer_ids(OTHER) == ["a1"]


def test_lines_of_a_newer_version_are_kept(home: Home) -> None:
    left_behind(home.store, data=lines(text(0, "a")) + b'{"hologram": "deep"}\n')
    assert len(home.store.journals.recover(ID)) == 1
    assert any("set aside" in remark for remark in home.store.remarks(ID))


def test_journals_go_where_their_conversation_goes(home: Home) -> None:
    left_behind(home.store, data=lines(text(0, "a")))
    home.store.trash(ID)
    there = home.elsewhere()
    assert there.journals.recover_all() == 0
    there.restore(ID)
    assert [one["id"] for one in there.journals.recover(ID)] == ["a1"]


def test_what_streams_or_was_left_is_remarked(home: Home) -> None:
    journal = home.store.journals.begin(ID, header("a1", "u1"))
    assert any("1 answers stream" in remark for remark in home.elsewhere().remarks(ID))
    journal.remove()
    assert list(home.store.remarks(ID)) == []
