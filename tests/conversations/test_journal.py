import os
import stat
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any

import orjson
import pytest

from conversations.answer_parts import INTERRUPTED, Delta, Facts, Line, Signature, WholePart, failed_result
from conversations.errors import InvalidIdError, StorageError
from conversations.files.store import FileStore
from conversations.store.journal_lines import encode_line
from providers.tokens import estimate_tokens

from .samples import AT, ID, answer, conversation, header, user


def delta(seq: int, text: str, part: str = "text") -> bytes:
    return orjson.dumps({"seq": seq, "part": part, "text": text}, option=orjson.OPT_APPEND_NEWLINE)


@pytest.fixture
def asked(store: FileStore) -> FileStore:
    store.create(conversation(), user("u1"))
    return store


def test_a_journal_is_read_while_it_is_written(asked: FileStore) -> None:
    journal = asked.journals.begin(ID, header("a1", "u1"))
    journal.write(delta(0, "Hm", "reasoning") + delta(1, "Hel"))
    journal.write(delta(2, "lo"))
    found = asked.journals.read(ID, "a1")
    assert found.header == header("a1", "u1")
    assert found.pieces == [Delta(0, "reasoning", "Hm"), Delta(1, "text", "Hel"), Delta(2, "text", "lo")]
    assert (found.facts, found.unknown) == ({}, 0)
    journal.remove()
    assert not asked.folders.journal_folder(ID).exists()


def test_a_journal_is_the_owners_alone(asked: FileStore) -> None:
    old = os.umask(0)
    try:
        journal = asked.journals.begin(ID, header("a1", "u1"))
    finally:
        os.umask(old)
    assert stat.S_IMODE(asked.folders.journal_folder(ID).stat().st_mode) == 0o700
    assert stat.S_IMODE((asked.folders.journal_folder(ID) / "a1.jsonl").stat().st_mode) == 0o600
    journal.remove()


def test_a_journal_that_is_written_is_left_alone(asked: FileStore) -> None:
    journal = asked.journals.begin(ID, header("a1", "u1"))
    assert asked.journals.recover(ID) == []
    journal.write(delta(0, "still here"))
    assert asked.journals.read(ID, "a1").pieces == [Delta(0, "text", "still here")]
    journal.remove()


def test_what_a_dead_process_left_becomes_an_interrupted_answer(asked: FileStore) -> None:
    journal = asked.journals.begin(ID, header("a1", "u1", speaker="Ada", position=2))
    journal.write(delta(0, "Let me ", "reasoning") + delta(1, "think", "reasoning") + delta(2, "So: "))
    journal.write(delta(3, "42") + delta(4, "?", "reasoning") + b'{"seq": 5, "part": "te')
    journal.close()
    (found,) = asked.journals.recover(ID)
    assert found == {
        "type": "message",
        "at": AT,
        "id": "a1",
        "parent": "u1",
        "role": "assistant",
        "lane": "l1",
        "model": "echo/echo",
        "speaker": "Ada",
        "status": "interrupted",
        "parts": [
            {"type": "reasoning", "text": "Let me think"},
            {"type": "text", "text": "So: 42"},
            {"type": "reasoning", "text": "?"},
        ],
        "usage": {
            "input": None,
            "output": estimate_tokens("Let me thinkSo: 42?"),
            "reasoning": None,
            "cached": None,
            "estimated": True,
        },
        "cost": {"usd": None, "source": "unknown"},
        "timing": {"first_token_ms": None, "total_ms": found["timing"]["total_ms"]},
        "finish": None,
    }
    assert asked.open(ID).messages(["a1"]) == [found]
    assert not asked.folders.journal_folder(ID).exists()


def test_what_was_known_of_an_answer_outlives_its_process(asked: FileStore) -> None:
    facts: Any = {
        "sources": [{"n": 1, "name": "a.md"}],
        "files": [{"name": "a.md", "given": "whole"}],
        "unread": 2,
        "memory": 41,
        "found_by_a_newer_version": True,
    }
    call: Any = {"type": "tool_call", "id": "c1", "name": "look", "arguments": "{}"}
    journal = asked.journals.begin(ID, header("a1", "u1"))
    lines: list[Line] = [
        Facts({"memory": 1, "unread": 9}),
        Facts(facts),
        Delta(0, "reasoning", "Hm"),
        Signature(1, "gemini/x|U0lHTkVE"),
        Delta(1, "reasoning", "more"),
        WholePart(2, call),
        Delta(3, "text", "So"),
    ]
    journal.write("".join(map(encode_line, lines)).encode())
    journal.close()
    (found,) = asked.journals.recover(ID)
    assert {name: found[name] for name in facts} == facts  # type: ignore[literal-required]
    assert found["parts"] == [
        {"type": "reasoning", "text": "Hm", "signature": "gemini/x|U0lHTkVE"},
        {"type": "reasoning", "text": "more"},
        call,
        {"type": "text", "text": "So"},
        failed_result("c1", "look", INTERRUPTED),
    ]
    assert asked.open(ID).messages(["a1"]) == [found]


def test_facts_say_nothing_else_of_an_answer(asked: FileStore) -> None:
    journal = asked.journals.begin(ID, header("a1", "u1"))
    wrong: Any = {
        "id": "a9",
        "parent": "u9",
        "role": "user",
        "status": "complete",
        "parts": [],
        "type": "head",
    }
    journal.write((encode_line(Facts(wrong)) + encode_line(Delta(0, "text", "a"))).encode())
    journal.close()
    (found,) = asked.journals.recover(ID)
    assert (found["type"], found["id"], found["parent"], found["role"]) == (
        "message",
        "a1",
        "u1",
        "assistant",
    )
    assert (found["status"], found["parts"]) == ("interrupted", [{"type": "text", "text": "a"}])


def test_a_journal_with_lines_of_a_newer_version_is_kept_beside_its_answer(asked: FileStore) -> None:
    journal = asked.journals.begin(ID, header("a1", "u1"))
    journal.write(delta(0, "a") + b'{"hologram":{"depth":3}}\n' + delta(1, "b"))
    journal.close()
    data = (asked.folders.journal_folder(ID) / "a1.jsonl").read_bytes()
    (found,) = asked.journals.recover(ID)
    assert found["parts"] == [{"type": "text", "text": "ab"}]
    assert (asked.folders.conversations / f"{ID}.torn-1").read_bytes() == data
    assert not asked.folders.journal_folder(ID).exists()


def test_the_time_of_an_interrupted_answer_runs_to_its_last_words(asked: FileStore) -> None:
    journal = asked.journals.begin(ID, header("a1", "u1", at="2026-11-20T10:42:33.000Z"))
    journal.close()
    ended = datetime(2026, 11, 20, 10, 42, 35, 500_000, UTC).timestamp()
    os.utime(asked.folders.journal_folder(ID) / "a1.jsonl", (ended, ended))
    assert asked.journals.recover(ID)[0]["timing"]["total_ms"] == 2500


def test_the_time_of_an_interrupted_answer_is_unknown_where_its_beginning_cannot_be_read(
    asked: FileStore,
) -> None:
    asked.journals.begin(ID, header("a1", "u1", at="soon")).close()
    assert asked.journals.recover(ID)[0]["timing"]["total_ms"] is None


def test_an_answer_that_is_in_the_file_already_is_not_doubled(asked: FileStore) -> None:
    journal = asked.journals.begin(ID, header("a1", "u1"))
    journal.write(delta(0, "Hello."))
    asked.append(ID, [answer("a1", "u1")])
    journal.close()
    assert asked.journals.recover(ID) == []
    assert asked.open(ID).messages(["a1"]) == [answer("a1", "u1")]
    assert not asked.folders.journal_folder(ID).exists()


def test_an_id_that_is_only_spoken_of_does_not_count_as_there(asked: FileStore) -> None:
    asked.append(ID, [user("u2", None, 'the id "a1" and {"id":"a1"}')])
    asked.journals.begin(ID, header("a1", "u1")).close()
    assert [found["id"] for found in asked.journals.recover(ID)] == ["a1"]


def test_however_many_try_each_answer_is_recovered_once(asked: FileStore) -> None:
    for n in range(12):
        journal = asked.journals.begin(ID, header(f"a{n}", "u1"))
        journal.write(delta(0, f"text {n}"))
        journal.close()
    with ThreadPoolExecutor(8) as pool:
        found = [one for batch in pool.map(lambda _: asked.journals.recover(ID), range(16)) for one in batch]
    assert sorted(one["id"] for one in found) == sorted(f"a{n}" for n in range(12))
    assert len(asked.open(ID).tree.children("u1")) == 12
    assert asked.folders.path(ID).read_bytes().count(b"interrupted") == 12


def test_all_conversations_are_recovered_at_start_up(asked: FileStore) -> None:
    other = "20260101-000000-aaaaaaaa"
    asked.create(conversation(other), user("u9"))
    asked.journals.begin(ID, header("a1", "u1")).close()
    asked.journals.begin(other, header("a9", "u9")).close()
    asked.folders.journal_folder("20260101-000000-bbbbbbbb").mkdir()
    assert asked.journals.recover_all() == 2
    assert asked.journals.recover_all() == 0


def test_a_read_only_conversation_keeps_its_journals(asked: FileStore) -> None:
    asked.journals.begin(ID, header("a1", "u1")).close()
    asked.folders.path(ID).write_bytes(b"not a conversation\n")
    assert asked.journals.recover(ID) == []
    assert (asked.folders.journal_folder(ID) / "a1.jsonl").exists()


def test_a_journal_without_a_first_line_is_set_aside(asked: FileStore) -> None:
    asked.journals.begin(ID, header("a1", "u1")).close()
    (asked.folders.journal_folder(ID) / "a1.jsonl").write_bytes(b"\0\0\0\0")
    assert asked.journals.recover(ID) == []
    assert (asked.folders.conversations / f"{ID}.torn-1").read_bytes() == b"\0\0\0\0"
    assert not asked.folders.journal_folder(ID).exists()


def test_an_answer_has_one_journal(asked: FileStore) -> None:
    journal = asked.journals.begin(ID, header("a1", "u1"))
    with pytest.raises(StorageError):
        asked.journals.begin(ID, header("a1", "u1"))
    assert [path.name for path in asked.folders.journal_folder(ID).iterdir()] == ["a1.jsonl"]
    journal.remove()


@pytest.mark.parametrize("bad", ["", "..", "../a", "a/b", "a\0", "a.jsonl", "a" * 65])
def test_a_message_id_cannot_leave_the_folder(asked: FileStore, bad: str) -> None:
    with pytest.raises(InvalidIdError):
        asked.journals.begin(ID, header(bad, "u1"))
    with pytest.raises(InvalidIdError):
        asked.journals.read(ID, bad)
