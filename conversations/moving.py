"""From one home to the other: all conversations, also those in the trash, and all test sets with their runs,
byte for byte. The home that they come from is left as it is; what is there already with the same bytes is
passed over, so that a move that was broken off goes on where it was."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

from conversations.errors import StoreError
from conversations.store.base import Store
from conversations.store.content import Content
from conversations.store.testsets import TestSets

Progress = Callable[[int, int], None]


@dataclass(slots=True)
class MoveReport:
    """`copied` and `passed_over`: how many. `failed`: what could not be, in words."""

    copied: int = 0
    passed_over: int = 0
    bytes: int = 0
    testsets: int = 0
    runs: int = 0
    testsets_passed_over: int = 0
    runs_passed_over: int = 0
    failed: list[str] = field(default_factory=list)


def move_conversations(source: Store, target: Store, *, dry_run: bool, progress: Progress) -> MoveReport:
    """Nobody may write to either meanwhile. What a process that died left in journals becomes an answer
    first, but in a `dry_run`, which writes nothing."""
    moved = MoveReport()
    if not dry_run:
        source.journals.recover_all()
    todo = [(one, False) for one in source.ids()] + [(one, True) for one in source.trashed.ids()]
    for done, (conversation, trashed) in enumerate(todo, 1):
        try:
            _move_one(source, target, conversation, trashed=trashed, dry_run=dry_run, moved=moved)
        except StoreError as error:
            moved.failed.append(f"{conversation}: {error}")
        progress(done, len(todo))
    for testset, _stamp in source.testsets.stamps():
        try:
            _move_testset(source.testsets, target.testsets, testset, dry_run=dry_run, moved=moved)
        except StoreError as error:
            moved.failed.append(f"test set {testset}: {error}")
    return moved


def _move_one(
    source: Store, target: Store, conversation: str, *, trashed: bool, dry_run: bool, moved: MoveReport
) -> None:
    if left := source.journals.answer_ids(conversation):
        moved.failed.append(f"{conversation}: {len(left)} answers of it were not ended")
        return
    since = source.trashed.trashed_at(conversation) if trashed else None
    with (source.trashed if trashed else source).reading(conversation) as content:
        is_there = target.exists(conversation) or target.trashed.holds(conversation)
        if not is_there and not dry_run:
            target.take_in(conversation, content, trashed_at=since)
        if is_there or not dry_run:
            place = target.trashed if target.trashed.holds(conversation) else target
            with place.reading(conversation) as copy:
                if not same_bytes(content, copy):
                    moved.failed.append(f"{conversation}: what is there says something else")
                    return
        moved.passed_over += is_there
        moved.copied += not is_there
        moved.bytes += 0 if is_there else content.size


def _move_testset(
    source: TestSets, target: TestSets, testset: str, *, dry_run: bool, moved: MoveReport
) -> None:
    """With its runs; those that were to go on are to go on there too."""
    data = source.read(testset)
    there = testset in dict(target.stamps())
    if not there and not dry_run:
        target.create(testset, data)
    if (there or not dry_run) and target.read(testset) != data:
        moved.failed.append(f"test set {testset}: what is there says something else")
        return
    moved.testsets_passed_over += there
    moved.testsets += not there
    runs_there = target.run_ids(testset)
    for run in source.run_ids(testset):
        is_there = run in runs_there
        if not is_there and not dry_run:
            with source.reading_run(testset, run) as content:
                target.take_in_run(testset, run, content)
        if (is_there or not dry_run) and not _is_same_run(source, target, testset, run):
            moved.failed.append(f"run {run} of test set {testset}: what is there says something else")
            continue
        moved.runs_passed_over += is_there
        moved.runs += not is_there


def _is_same_run(source: TestSets, target: TestSets, testset: str, run: str) -> bool:
    with source.reading_run(testset, run) as ours, target.reading_run(testset, run) as theirs:
        return ours.size == theirs.size and are_same(ours.blocks, theirs.blocks)


def same_bytes(one: Content, other: Content) -> bool:
    return one.size == other.size and are_same(one.blocks(0, one.size), other.blocks(0, other.size))


def are_same(some: Iterable[bytes], others: Iterable[bytes]) -> bool:
    ours, theirs = _in_pieces(some), _in_pieces(others)
    return all(piece == next(theirs, b"") for piece in ours) and next(theirs, None) is None


PIECE = 1 << 16


def _in_pieces(blocks: Iterable[bytes]) -> Iterator[bytes]:
    """Of one length, however the blocks come."""
    rest = b""
    for block in blocks:
        rest += block
        whole = len(rest) - len(rest) % PIECE
        for start in range(0, whole, PIECE):
            yield rest[start : start + PIECE]
        rest = rest[whole:]
    if rest:
        yield rest
