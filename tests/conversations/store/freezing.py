"""A process of its own that streams an answer into PostgreSQL for as long as it may: run with the parameters
of the connection as JSON. It says `begun`, then `refused` once its journal takes no more, then how its own
record of the answer was taken."""

import json
import sys
import time
from typing import Any

from conversations.answer_parts import Delta
from conversations.errors import MessageExistsError, StorageError
from conversations.postgresql.store import PostgresStore
from conversations.store.journal_lines import encode_line
from tests.conversations.samples import ID, answer, header


def say(what: str) -> None:
    sys.stdout.write(f"{what}\n")
    sys.stdout.flush()


def main(params: dict[str, Any]) -> None:
    store = PostgresStore(params)
    file = store.open(ID)
    journal = store.journals.begin(ID, header("a1", "u1"))
    for seq in range(100_000):
        try:
            journal.write(encode_line(Delta(seq, "text", f"{seq} ")).encode())
        except StorageError:
            break
        if seq == 0:
            say("begun")
        time.sleep(0.01)
    say("refused")
    while True:
        try:
            file.append([answer("a1", "u1", "all of it")])
        except MessageExistsError:
            say("ended by another")
            return
        except StorageError:
            # What it said first is told of its old self; then it is somebody new.
            continue
        say("written twice")
        return


if __name__ == "__main__":
    main(json.loads(sys.argv[1]))
