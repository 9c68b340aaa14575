"""Several processes with one conversation, and what is left of those that are killed."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from conversations.files.store import FileStore

from .samples import ID, conversation

ROOT = Path(__file__).resolve().parents[2]
APPENDING = """
import sys
from pathlib import Path
from conversations.files.store import FileStore
from tests.conversations.samples import ID, user
store = FileStore(Path(sys.argv[1]))
file = store.open(ID)
for number in range(300):
    mine = f"{sys.argv[2]}{number}"
    records = [user(mine, text=sys.argv[2] * (number * 37 % 4000)), user(f"{mine}b")]
    if number % 2:
        file.append(records, durable=number % 50 == 1)
    else:
        store.append(ID, records, durable=number % 50 == 0)
"""


@pytest.mark.timeout(180)
def test_nothing_acknowledged_is_lost_or_doubled_by_300_kills(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tests.conversations.killing", str(tmp_path / "data"), "300", "7"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    totals = json.loads(done.stdout)
    assert totals["rounds"] == 300
    assert totals["acknowledged"] > 2000
    assert totals["interrupted"] > 100


def test_two_processes_append_whole_records(store: FileStore) -> None:
    store.create(conversation())
    running = [
        subprocess.Popen([sys.executable, "-c", APPENDING, str(store.folders.data), name], cwd=ROOT)
        for name in ("x", "y")
    ]
    assert [one.wait(60) for one in running] == [0, 0]
    file = store.open(ID)
    assert file.damaged is None
    for name in ("x", "y"):
        mine = [message for message in file.tree.messages if message.startswith(name)]
        assert mine == [f"{name}{number}{half}" for number in range(300) for half in ("", "b")]
    both = list(file.tree.messages)
    for number in range(300):
        # What was appended together stands together.
        assert both.index(f"x{number}b") == both.index(f"x{number}") + 1
