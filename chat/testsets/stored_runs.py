"""What a run did, as its home keeps it: a line for what was asked and what came of it.

The first line is the run: its lanes, its judge, and the cases as they stood then. `asked` is on disk before
its conversation is made, and has that conversation's id; `result` comes once an answer has ended and its
checks are done. Blocks.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Literal

import orjson
from django.utils.translation import gettext as _

from chat.testsets.stored_sets import current_testsets, naming_errors, no_run, unreadable
from conversations.ids import ALPHABET, is_conversation_id, new_conversation_id, random_id
from conversations.store.testsets import RunHold
from core.times import timestamp

FORMAT = 1
LARGEST = 256 * 1024 * 1024

Place = tuple[str, int]
"""A case, and for which time it is asked: 1, 2 …"""
State = Literal["running", "stopped", "done"]


@dataclass(slots=True)
class Run:
    """A run as its file tells it. `asked`: the conversation of each place. `results`: by place and lane."""

    testset: str
    id: str
    header: dict[str, Any]
    asked: dict[Place, str] = field(default_factory=dict)
    results: dict[tuple[Place, str], dict[str, Any]] = field(default_factory=dict)
    reason: str = ""
    going: bool = False

    @property
    def cases(self) -> list[dict[str, Any]]:
        return list(self.header["cases"])

    @property
    def lanes(self) -> list[dict[str, Any]]:
        return list(self.header["lanes"])

    @property
    def total(self) -> int:
        return len(self.header["cases"]) * len(self.header["lanes"]) * int(self.header["repeat"])

    @property
    def state(self) -> State:
        if len(self.results) >= self.total:
            return "done"
        return "running" if self.going else "stopped"

    def places(self) -> list[Place]:
        """Each case with the number of the round, in the order in which they are asked."""
        rounds = range(1, int(self.header["repeat"]) + 1)
        return [(case["id"], number) for number in rounds for case in self.cases]

    def missing(self, place: Place) -> list[dict[str, Any]]:
        """The lanes that have no result there yet."""
        return [lane for lane in self.lanes if (place, lane["id"]) not in self.results]


def new_run_id() -> str:
    """Sorts by the millisecond: two runs of the same second are told apart by which came first."""
    now = datetime.now(UTC)
    high, low = divmod(now.microsecond // 1000, len(ALPHABET))
    return new_conversation_id(now, f"{ALPHABET[high]}{ALPHABET[low]}{random_id(6)}")


def begin(header: dict[str, Any]) -> RunHold:
    """Makes the run, whole or not at all, and holds it. Raises NotFoundError, StorageUnavailableError."""
    with naming_errors():
        return current_testsets().begin_run(header["testset"], header["id"], _line(header))


def encode_lines(*records: dict[str, Any]) -> bytes:
    """As a run is told of them now."""
    return b"".join(_line({"at": timestamp(), **record}) for record in records)


def _line(record: dict[str, Any]) -> bytes:
    return orjson.dumps(record, option=orjson.OPT_APPEND_NEWLINE)


def read(testset: str, run: str) -> Run:
    """Lines that cannot be read are passed over, but for the first. Raises NotFoundError,
    StorageUnavailableError, DamagedSetError."""
    check_id(run)
    with naming_errors(), current_testsets().reading_run(testset, run) as content:
        lines = _read_most(content.blocks, LARGEST).split(b"\n")
    header = _parsed(lines[0])
    if not _is_header(header, testset, run):
        raise unreadable(f"{run}.jsonl", _("its first line is no run"))
    found = Run(testset, run, header, going=content.is_going)
    for line in lines[1:]:
        _take(found, _parsed(line))
    return found


def check_id(run: str) -> None:
    """Raises NotFoundError for what is no id."""
    if not is_conversation_id(run):
        raise no_run()


def _read_most(blocks: Iterator[bytes], most: int) -> bytes:
    kept, size = list[bytes](), 0
    for block in blocks:
        kept.append(block)
        size += len(block)
        if size >= most:
            break
    return b"".join(kept)[:most]


def _take(run: Run, record: dict[str, Any]) -> None:
    place = record.get("case"), record.get("round")
    match record.get("type"):
        case "asked" if isinstance(record.get("conversation"), str):
            run.asked[place] = record["conversation"]  # type: ignore[index]
        case "result" if isinstance(record.get("lane"), str) and isinstance(record.get("checks"), list):
            run.results[place, record["lane"]] = record  # type: ignore[index]
        case "stopped":
            run.reason = str(record.get("reason", ""))
        case "resumed":
            run.reason = ""


def _is_header(record: dict[str, Any], testset: str, run: str) -> bool:
    lists = (record.get("cases"), record.get("lanes"))
    return (
        record.get("type") == "run"
        and record.get("format") == FORMAT
        and (record.get("testset"), record.get("id")) == (testset, run)
        and isinstance(record.get("repeat"), int)
        and all(isinstance(rows, list) and all(_has_id(row) for row in rows) for rows in lists)
    )


def _has_id(row: Any) -> bool:
    return isinstance(row, dict) and isinstance(row.get("id"), str)


def _parsed(line: bytes) -> dict[str, Any]:
    try:
        said = orjson.loads(line)
    except ValueError:
        return {}
    return said if isinstance(said, dict) else {}


def run_ids(testset: str) -> list[str]:
    """The ids of a test set's runs, the newest first."""
    with naming_errors():
        return current_testsets().run_ids(testset)


def delete(testset: str, run: str) -> None:
    """Removes a run; its conversations stay. Raises NotFoundError, StorageUnavailableError."""
    check_id(run)
    with naming_errors():
        current_testsets().delete_run(testset, run)


def stop(testset: str, run: str) -> None:
    """Says that a run is to end; whoever does it ends it within a moment, in whichever process. Raises
    NotFoundError, StorageUnavailableError."""
    with naming_errors():
        current_testsets().stop_run(testset, run, encode_lines(stopped_record()))


def stopped_record(reason: str = "") -> dict[str, Any]:
    return {"type": "stopped", "reason": reason}


def resume(testset: str, run: str) -> RunHold | None:
    """Holds a run that was stopped; None where it is to go on anyway. Raises NotFoundError,
    StorageUnavailableError."""
    with naming_errors():
        return current_testsets().resume_run(testset, run, encode_lines({"type": "resumed"}))


def take_over(testset: str, run: str) -> RunHold | None:
    """Holds a run whose process died; None where another does it, or it is to go on no more. Raises
    NotFoundError, StorageUnavailableError."""
    with naming_errors():
        return current_testsets().take_over(testset, run)


def find_left() -> list[tuple[str, str]]:
    """Test sets and runs of everybody that are to go on, and may be done by nobody. Raises
    StorageUnavailableError."""
    with naming_errors():
        return current_testsets().find_left_runs()


def give_up(testset: str, run: str) -> None:
    """Has a run go on no more of which nobody can say why in its file. Raises StorageUnavailableError."""
    with naming_errors():
        current_testsets().stop_run(testset, run, b"")
