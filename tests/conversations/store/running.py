"""A process of its own that does a run of a test set for as long as it may: run with where the home is, the
test set and the run as JSON. It says each number that it has written, then `taken`."""

import json
import sys
import time
from pathlib import Path
from typing import Any

from conversations.errors import RunTakenError, StorageError
from conversations.files.store import FileStore
from conversations.postgresql.store import PostgresStore
from conversations.store.base import Store


def say(what: object) -> None:
    sys.stdout.write(f"{what}\n")
    sys.stdout.flush()


def main(place: dict[str, Any], testset: str, run: str) -> None:
    store: Store = (
        FileStore(Path(place["data_dir"])) if "data_dir" in place else PostgresStore(place["tables"])
    )
    hold = store.testsets.begin_run(testset, run, b'{"type":"run"}\n')
    number = 0
    while True:
        try:
            hold.append(b"%d\n" % number)
        except RunTakenError:
            say("taken")
            return
        except StorageError:
            # Its connections were ended; it is tried again.
            continue
        say(number)
        number += 1
        time.sleep(0.01)


if __name__ == "__main__":
    main(*json.loads(sys.argv[1]))
