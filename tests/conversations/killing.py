"""Kills writers of a store with SIGKILL, again and again, and looks at what they leave.

A program of its own, so that it may fork: `python -m tests.conversations.killing FOLDER ROUNDS SEED`. It
prints one JSON object and fails at the first thing that was lost or doubled. A writer is killed after it has
acknowledged so many steps, never after so much time; where it is by then is up to the machine.
"""

import json
import os
import random
import signal
import sys
from collections.abc import Callable
from itertools import count
from pathlib import Path
from typing import Any, NoReturn, cast

from conversations.files.store import FileStore
from conversations.ids import new_conversation_id
from conversations.records import Record
from conversations.store.lines import encode_record
from tests.conversations.samples import answer, conversation, header, user

LANES = ("l1", "l2", "l3")
DELTAS = 6
ROUNDS_A_CONVERSATION = 15


def words(answer_id: str, deltas: int) -> str:
    return "".join(f"{answer_id} word {number}, ё\u2028" for number in range(deltas))


def write_for_ever(store: FileStore, conversation_id: str, name: str, say: Callable[[str], None]) -> NoReturn:
    store.journals.recover(conversation_id)
    for turn in count():
        question = f"{name}-{turn}"
        store.append(conversation_id, [user(question)])
        say(f"sent {question}")
        journals = {}
        for lane in LANES:
            journals[lane] = store.journals.begin(
                conversation_id, header(f"{question}-{lane}", question, lane)
            )
        for number in range(DELTAS):
            for lane, journal in journals.items():
                text = words(f"{question}-{lane}", number + 1)[len(words(f"{question}-{lane}", number)) :]
                journal.write(encode_record(cast(Record, {"seq": number, "part": "text", "text": text})))
                say(f"shown {question}-{lane} {number + 1}")
        for lane, journal in journals.items():
            whole = words(f"{question}-{lane}", DELTAS)
            store.append(conversation_id, [answer(f"{question}-{lane}", question, whole, lane)])
            say(f"complete {question}-{lane}")
            journal.remove()
    raise AssertionError


def fork(work: Callable[[Callable[[str], None]], None]) -> tuple[int, int]:
    """The child's process id, and where what it says can be read."""
    reading, writing = os.pipe()
    child = os.fork()
    if child:
        os.close(writing)
        return child, reading
    os.close(reading)
    try:
        work(lambda line: os.write(writing, line.encode() + b"\n"))  # type: ignore[arg-type]
    finally:
        os._exit(3)


def kill_after(steps: int, children: list[tuple[int, int]]) -> list[str]:
    """All that the children acknowledged."""
    said = b""
    for child, reading in children:
        heard = b""
        while heard.count(b"\n") < steps and (more := os.read(reading, 256)):
            heard += more
        os.kill(child, signal.SIGKILL)
        while more := os.read(reading, 65536):
            heard += more
        _, status = os.waitpid(child, 0)
        assert os.WIFSIGNALED(status), f"a writer ended by itself: {status}, {heard!r}"
        os.close(reading)
        said += heard
    return said.decode().splitlines()


def check(store: FileStore, conversation_id: str, said: list[str]) -> int:
    """The number of interrupted answers in the conversation."""
    file = store.open(conversation_id)
    assert file.damaged is None, file.damaged
    messages: dict[str, dict[str, Any]] = {}
    for _, record in file.records_from(0):
        if record["type"] == "message":
            assert record["id"] not in messages, f"{record['id']} stands there twice"
            messages[record["id"]] = cast(dict[str, Any], record)
    assert not store.folders.journal_folder(conversation_id).exists(), "journals are left"
    for line in said:
        what, message, *number = line.split()
        assert message in messages, f"{line}: lost"
        text = "".join(part["text"] for part in messages[message]["parts"])
        if what == "complete":
            assert messages[message]["status"] == "complete", line
            assert text == words(message, DELTAS), line
        elif what == "shown":
            assert text.startswith(words(message, int(number[0]))), line
            assert words(message, DELTAS).startswith(text), line
    return sum(message.get("status") == "interrupted" for message in messages.values())


def begin(store: FileStore, conversation_id: str, name: str) -> tuple[int, int]:
    return fork(lambda say: write_for_ever(store, conversation_id, name, say))


def main(folder: Path, rounds: int, seed: int) -> None:
    store, chance = FileStore(folder), random.Random(seed)
    totals = {"rounds": rounds, "acknowledged": 0, "interrupted": 0}
    said: list[str] = []
    conversation_id, interrupted = "", 0
    for number in range(rounds):
        if number % ROUNDS_A_CONVERSATION == 0:
            totals["interrupted"] += interrupted
            conversation_id, said = new_conversation_id(), []
            store.create(conversation(conversation_id))
        writers = [
            begin(store, conversation_id, f"r{number}w{one}") for one in range(chance.choice((1, 1, 2)))
        ]
        new = kill_after(chance.randrange(0, 30), writers)
        if chance.random() < 0.5:
            # Recovery may be killed too, and begun again.
            new += kill_after(0, [begin(store, conversation_id, f"r{number}again")])
        totals["acknowledged"] += len(new)
        said += new
        store.journals.recover(conversation_id)
        interrupted = check(store, conversation_id, said)
    totals["interrupted"] += interrupted
    sys.stdout.write(json.dumps(totals))


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))
