"""Copies of conversations that are rows, in a folder and in a bucket of an S3 service."""

import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Protocol

import pytest

from conversations.errors import StorageError
from conversations.files.store import FileStore
from conversations.mirror.bucket import BucketCopies
from conversations.mirror.copies import Copies, FolderCopies
from conversations.mirror.mirror import Mirror
from conversations.postgresql.changes import MIRRORING
from conversations.postgresql.store import PostgresStore
from conversations.store.lines import encode_record
from core.originals.bucket import BucketHome, parse_place
from tests.conversations.samples import ID, answer, conversation, user
from tests.conversations.store.test_conversations import bytes_of
from tests.services.object_storage import ObjectStorage

OTHER, THIRD = "20250101-000000-aaaaaaaa", "20270101-000000-aaaaaaaa"
ADA, BEA = "5f3b9a2e-9d4c-4d0a-8a3e-0f6f3c1d2e4b", "6f3b9a2e-9d4c-4d0a-8a3e-0f6f3c1d2e4b"
LARGE = "x" * (9 << 20)
"""More than one request to an S3 service carries."""

Step = Callable[[PostgresStore, Path], object]


class Place(Protocol):
    """`copies`: as another process has them, each time. `drafts`: a folder."""

    drafts: Path

    def copies(self, store: PostgresStore) -> Copies: ...

    def held(self) -> dict[str, bytes]: ...

    def put(self, name: str, data: bytes) -> None: ...

    def remove(self, name: str) -> None: ...


class Folder:
    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.drafts = folder / "mirror"
        self._processes = 0

    def copies(self, store: PostgresStore) -> Copies:
        self._processes += 1
        return FolderCopies(self.folder / "mirror", self.folder / f"lock-{self._processes}")

    def held(self) -> dict[str, bytes]:
        return {path.name: path.read_bytes() for path in (self.folder / "mirror").iterdir()}

    def put(self, name: str, data: bytes) -> None:
        (self.folder / "mirror" / name).write_bytes(data)

    def remove(self, name: str) -> None:
        (self.folder / "mirror" / name).unlink()


class Bucket:
    prefix = "some/prefix/mirror/"

    def __init__(self, storage: ObjectStorage, drafts: Path) -> None:
        self.storage = storage
        self.drafts = drafts

    def copies(self, store: PostgresStore) -> Copies:
        return BucketCopies(BucketHome(parse_place(self.storage.url)), self.drafts, store.mirror_turn)

    def held(self) -> dict[str, bytes]:
        assert not list(self.drafts.iterdir())
        return {key.removeprefix(self.prefix): one.data for key, one in self.storage.objects.items()}

    def put(self, name: str, data: bytes) -> None:
        stored = next(iter(self.storage.objects.values()))
        self.storage.objects[self.prefix + name] = type(stored)(data, stored.modified)

    def remove(self, name: str) -> None:
        del self.storage.objects[self.prefix + name]


@pytest.fixture(params=["folder", "bucket"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Place:
    if request.param == "folder":
        return Folder(tmp_path)
    return Bucket(request.getfixturevalue("storage"), tmp_path / "drafts")


@pytest.fixture
def store(rows: Callable[[], PostgresStore]) -> PostgresStore:
    """With two conversations."""
    made = rows()
    made.create(conversation(owner=ADA), user("u1"))
    made.create(conversation(OTHER))
    return made


def mirror_of(store: PostgresStore, place: Place) -> Mirror:
    return Mirror(store, store.changes, place.copies(store))


def never() -> bool:
    return False


def wanted(store: PostgresStore) -> dict[str, bytes]:
    return {f"{one}.jsonl": bytes_of(store, one) for one in store.ids()}


def append(text: str) -> Step:
    return lambda store, _: store.append(ID, [user("u2", "u1", text), answer("a2", "u2")])


def take_in(data: bytes) -> Step:
    def taken(store: PostgresStore, folder: Path) -> None:
        files = FileStore(folder / "files")
        files.folders.conversations.mkdir(parents=True)
        files.folders.path(THIRD).write_bytes(data)
        with files.reading(THIRD) as content:
            store.take_in(THIRD, content, trashed_at=None)

    return taken


def throw_away(store: PostgresStore, _: Path) -> None:
    store.trash(ID)


def bring_back(store: PostgresStore, _: Path) -> None:
    store.restore(ID)


def remove_for_ever(store: PostgresStore, _: Path) -> None:
    store.trash(ID)
    store.trashed.purge(ID)


def replace(*texts: str) -> Step:
    def replaced(store: PostgresStore, folder: Path) -> None:
        remove_for_ever(store, folder)
        said = (user(f"n{number}", text=text) for number, text in enumerate(texts))
        store.create(conversation(owner=ADA), *said)

    return replaced


def at_once(*steps: Step) -> Step:
    def all_of_them(store: PostgresStore, folder: Path) -> None:
        for step in steps:
            step(store, folder)

    return all_of_them


CHANGES: dict[str, Sequence[Step]] = {
    "nothing": [],
    "a new one": [lambda store, _: store.create(conversation(THIRD), user("u1"))],
    "records behind the others": [append("Türkçe"), lambda store, _: store.append(ID, [user("u3", "a2")])],
    "a line of megabytes": [append(LARGE), lambda store, _: store.append(ID, [user("u3", "a2")])],
    "an owner whose name is as long": [lambda store, _: store.hand_over(ID, BEA, "Ada")],
    "an owner whose name is longer": [lambda store, _: store.hand_over(ID, BEA, "Ada Lovelace")],
    "the trash": [throw_away],
    "the trash, and back between two looks": [at_once(throw_away, bring_back)],
    "the trash, and back": [throw_away, bring_back],
    "the trash, and changed when it came back": [throw_away, bring_back, append("more")],
    "gone for ever between two looks": [remove_for_ever],
    "one gone for ever and another back": [
        lambda store, _: store.trash(OTHER),
        at_once(remove_for_ever, lambda store, _: store.restore(OTHER)),
    ],
    "another of the same id, shorter": [replace()],
    "another of the same id, longer": [append("it was this"), replace("it", "is", "that", "x" * 1000)],
    "a torn end that is mended": [
        take_in(encode_record(conversation(THIRD)) + b'{"type": "mess'),
        lambda store, _: store.append(THIRD, [user("u1")]),
    ],
    "an end that lacks its newline": [
        take_in(encode_record(conversation(THIRD)) + encode_record(user("u1"))[:-1]),
        lambda store, _: store.append(THIRD, [user("u2", "u1")]),
    ],
    "no bytes at all": [take_in(b"")],
}


MISSED = (
    "a new one",
    "records behind the others",
    "an owner whose name is as long",
    "the trash",
    "gone for ever between two looks",
    "another of the same id, longer",
)


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_copies_follow_whatever_happens_to_a_conversation(
    store: PostgresStore, place: Place, change: Sequence[Step], tmp_path: Path
) -> None:
    mirror = mirror_of(store, place)
    mirror.look(never)
    assert place.held() == wanted(store)
    for step in change:
        step(store, tmp_path)
        mirror.look(never)
        assert place.held() == wanted(store)


@pytest.mark.parametrize("change", MISSED)
def test_what_happened_while_nobody_kept_the_copies_is_caught_up_with(
    rows: Callable[[], PostgresStore], place: Place, change: str, tmp_path: Path
) -> None:
    before = rows()
    before.create(conversation(owner=ADA), user("u1"))
    before.create(conversation(OTHER))
    mirror_of(before, place).look(never)
    for step in CHANGES[change]:
        step(before, tmp_path)
    before.close()
    store = rows()
    mirror_of(store, place).look(never)
    assert place.held() == wanted(store)


def terminate_keeper(store: PostgresStore) -> None:
    """As when its machine is cut off."""
    with store._connections.connect() as connection:
        connection.execute(
            "SELECT pg_terminate_backend(pid, 5000) FROM pg_locks WHERE classid = %s",
            [MIRRORING],
        )


DAMAGES: dict[str, Callable[[bytes], bytes]] = {
    "cut in the midst of a line": lambda data: data[:-7],
    "cut behind a line": lambda data: data[: data.index(b"\n") + 1],
    "longer than it should be": lambda data: data + b"{}\n",
    "empty": lambda data: b"",
}


@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES)
def test_a_copy_that_a_crash_or_a_person_left_otherwise_is_made_anew(
    rows: Callable[[], PostgresStore],
    store: PostgresStore,
    place: Place,
    damage: Callable[[bytes], bytes],
) -> None:
    mirror_of(store, place).look(never)
    name = f"{ID}.jsonl"
    place.put(name, damage(place.held()[name]))
    place.remove(f"{OTHER}.jsonl")
    place.put(f"{THIRD}.jsonl", b"of a conversation that is gone")
    place.put("README.md", b"what people put there stays")
    (place.drafts / ".draft-of-one-that-died").write_bytes(b"half")
    store.close()
    other = rows()
    mirror_of(other, place).look(never)
    assert place.held() == {**wanted(other), "README.md": b"what people put there stays"}


def test_what_has_not_changed_is_not_written_again(
    store: PostgresStore, storage: ObjectStorage, tmp_path: Path
) -> None:
    mirror = mirror_of(store, Bucket(storage, tmp_path / "drafts"))
    for _ in range(2):
        mirror.look(never)
    storage.asked.clear()
    mirror.look(never)
    store.append(ID, [user("u2", "u1")])
    mirror.look(never)
    written = [key for method, key, _ in storage.asked if method in ("PUT", "POST", "DELETE")]
    assert written == [f"some/prefix/mirror/{ID}.jsonl"]


def test_a_file_grows_in_place_and_bears_the_time_of_the_last_change(
    store: PostgresStore, tmp_path: Path
) -> None:
    mirror = mirror_of(store, Folder(tmp_path))
    mirror.look(never)
    file = tmp_path / "mirror" / f"{ID}.jsonl"
    before = file.stat()
    store.append(ID, [user("u2", "u1")])
    mirror.look(never)
    after, stamp = file.stat(), store.stamp(ID)
    assert after.st_ino == before.st_ino
    assert stamp == (after.st_size, after.st_mtime_ns)
    assert after.st_mode & 0o077 == 0


def test_of_several_processes_one_keeps_the_copies(
    rows: Callable[[], PostgresStore], store: PostgresStore, storage: ObjectStorage, tmp_path: Path
) -> None:
    place = Bucket(storage, tmp_path / "drafts")
    first, second = mirror_of(store, place), mirror_of(rows(), place)
    first.look(never)
    store.append(ID, [user("u2", "u1")])
    second.look(never)
    assert place.held() != wanted(store)
    terminate_keeper(store)
    second.look(never)
    assert place.held() == wanted(store)
    with pytest.raises(StorageError):
        first.look(never)
    storage.asked.clear()
    first.look(never)
    assert storage.asked == []


def test_of_several_processes_on_one_folder_one_keeps_the_copies(
    store: PostgresStore, tmp_path: Path
) -> None:
    first, second = (
        Mirror(store, store.changes, FolderCopies(tmp_path / "mirror", tmp_path / "lock")) for _ in range(2)
    )
    first.look(never)
    store.append(ID, [user("u2", "u1")])
    second.look(never)
    file = tmp_path / "mirror" / f"{ID}.jsonl"
    assert file.read_bytes() != bytes_of(store)
    first.look(never)
    assert file.read_bytes() == bytes_of(store)


def test_one_that_cannot_be_written_keeps_no_other_from_being_so(
    store: PostgresStore, tmp_path: Path
) -> None:
    in_the_way = tmp_path / "mirror" / f"{OTHER}.jsonl"
    in_the_way.mkdir(parents=True)
    mirror = mirror_of(store, Folder(tmp_path))
    for _ in range(2):
        with pytest.raises(OSError, match="directory"):
            mirror.look(never)
        assert (tmp_path / "mirror" / f"{ID}.jsonl").read_bytes() == bytes_of(store)
    in_the_way.rmdir()
    mirror.look(never)
    assert in_the_way.read_bytes() == bytes_of(store, OTHER)


def test_a_service_that_was_away_is_caught_up_with(
    store: PostgresStore, storage: ObjectStorage, tmp_path: Path
) -> None:
    place = Bucket(storage, tmp_path / "drafts")
    mirror = mirror_of(store, place)
    mirror.look(never)
    store.append(ID, [user("u2", "u1")])
    store.trash(OTHER)
    storage.refusing = 403
    with pytest.raises(OSError, match="does not answer as it should"):
        mirror.look(never)
    storage.refusing = 0
    mirror.look(never)
    assert place.held() == wanted(store)


def test_one_that_is_to_stop_does_so_between_two_conversations(store: PostgresStore, tmp_path: Path) -> None:
    asked: list[Any] = []

    def after_one() -> bool:
        asked.append(None)
        return len(asked) > 1

    mirror = mirror_of(store, Folder(tmp_path))
    mirror.look(after_one)
    assert [entry.name for entry in os.scandir(tmp_path / "mirror")] == [f"{OTHER}.jsonl"]
    mirror.look(never)
    assert len(list((tmp_path / "mirror").iterdir())) == 2


def test_who_purges_hinders_nobody_from_keeping_copies(store: PostgresStore) -> None:
    with store.purging(wait=False) as turn, store.try_beginning("0"):
        assert turn is not None
        assert store.mirror_turn.hold_turn()
