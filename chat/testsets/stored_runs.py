"""What a run did, as its home keeps it: a line for what was asked and what came of it.

The first line is the run: its lanes, its judge, and the cases as they stood then. `asked` is on disk before
its conversation is made, and has that conversation's id; `result` comes once an answer has ended and its
checks are done. Blocks.
"""

from collections.abc import Container, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Literal

import orjson
from django.utils.translation import gettext as _

from chat.testsets.run_lines import Asked, Result, RunHeader, can_be_asked, is_line
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
class StoredRun:
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


def read(testset: str, run: str) -> StoredRun:
    """Lines that cannot be read are passed over, but for the first. Raises NotFoundError,
    StorageUnavailableError, DamagedSetError."""
    check_id(run)
    with naming_errors(), current_testsets().reading_run(testset, run) as content:
        lines = _read_most(content.blocks, LARGEST).split(b"\n")
    header = _parsed(lines[0])
    if not is_line(RunHeader, header) or (header["testset"], header["id"]) != (testset, run):
        raise unreadable(f"{run}.jsonl", _("its first line is no run"))
    found = StoredRun(testset, run, header, going=content.is_going)
    places, lanes = set(found.places()), {lane["id"] for lane in found.lanes}
    for record in map(_parsed, lines[1:]):
        _take(found, record, places, lanes)
    return found


def check_askable(run: StoredRun) -> None:
    """Raises DamagedSetError where somebody changed what it is to ask into what nobody may ask."""
    if not can_be_asked(run.header):
        raise unreadable(f"{run.id}.jsonl", _("its first line is no run"))


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


def _take(run: StoredRun, record: dict[str, Any], places: Container[Place], lanes: Container[str]) -> None:
    """What is of no place of the run, or of no lane, is passed over too."""
    match record.get("type"):
        case "asked" if is_line(Asked, record) and is_conversation_id(record["conversation"]):
            if (place := _place_of(record)) in places:
                run.asked[place] = record["conversation"]
        case "result" if is_line(Result, record) and record["lane"] in lanes:
            if (place := _place_of(record)) in places:
                run.results[place, record["lane"]] = record
        case "stopped":
            run.reason = str(record.get("reason", ""))
        case "resumed":
            run.reason = ""


def _place_of(record: dict[str, Any]) -> Place:
    return record["case"], record["round"]


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
