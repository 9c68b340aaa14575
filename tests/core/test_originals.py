"""What each place for originals must do: a folder, rows of a PostgreSQL, and a bucket of an S3 service. The
service is tests/services/object_storage.py, which checks signatures, over real HTTP."""

import hashlib
import os
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from pytest_django import DjangoDbBlocker, Settings

from core.models import KeptOriginal, OriginalBlock
from core.originals.base import BLOCK, Originals, OriginalsAwayError, OriginalsHome
from core.originals.bucket import PART, BucketHome, parse_place
from core.originals.choice import home_of_all, originals_in
from core.originals.rows import RowHome
from core.originals.shared import SharedOriginals
from tests.databases import Everything
from tests.services.object_storage import KEY, SECRET, ObjectStorage

SQLITE = pytest.mark.django_db(transaction=True)
SHARED = ("rows", pytest.param("bucket", marks=SQLITE))
DAY = timedelta(days=1).total_seconds()
LARGE = os.urandom(1 << 10) * (9 << 10)
"""More than one request to an S3 service carries."""
SHORT = b"T\xc3\xbcrk\xc3\xa7e"
MISSING = "0" * 64
NO_HASHES = ("", "a" * 63, "A" * 64, "../" * 21 + "a", "a" * 63 + "\n", "a" * 60 + ".txt")
RANGES = (
    (0, 1),
    (0, BLOCK),
    (BLOCK - 1, BLOCK + 1),
    (BLOCK, 2 * BLOCK),
    (PART - 1, PART + 1),
    (7, len(LARGE)),
)


class Kept:
    """`machine` makes the originals as a machine of its own has them."""

    def __init__(
        self, kind: str, machine: Callable[[str], Originals], home: OriginalsHome | None = None
    ) -> None:
        self.kind = kind
        self.machine = machine
        self.home: Any = home
        self.here = machine("here")

    def age(self, sha256: str, days: float) -> None:
        then = time.time() - days * DAY
        if isinstance(self.here, SharedOriginals):
            moment = datetime.fromtimestamp(then, UTC)
            assert KeptOriginal.objects.filter(name=f"attachments/{sha256}").update(touched=moment)
        else:
            os.utime(self.here.folder / sha256, (then, then))


def kept_in(kind: str, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Kept]:
    blocker: DjangoDbBlocker = request.getfixturevalue("django_db_blocker")
    if kind == "folder":
        yield Kept(kind, lambda _: originals_in(tmp_path, "attachments"))
    elif kind == "bucket":
        url = request.getfixturevalue("storage").url
        home = BucketHome(parse_place(url))
        yield Kept(kind, lambda name: SharedOriginals(tmp_path / name / "attachments", home), home)
    else:
        request.getfixturevalue("second_database")
        request.getfixturevalue("settings").DATABASE_ROUTERS = [Everything()]
        with blocker.unblock():
            rows = RowHome()
            yield Kept(kind, lambda name: SharedOriginals(tmp_path / name / "attachments", rows), rows)
            OriginalBlock.objects.all().delete()
            KeptOriginal.objects.all().delete()


@pytest.fixture(params=(pytest.param("folder", marks=SQLITE), *SHARED))
def kept(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Kept]:
    yield from kept_in(request.param, request, tmp_path)


@pytest.fixture(params=SHARED)
def shared(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Kept]:
    yield from kept_in(request.param, request, tmp_path)


def name_of(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def add(originals: Originals, data: bytes, chunk: int = 100_000) -> str:
    with originals.adding(data[at : at + chunk] for at in range(0, len(data), chunk)) as original:
        assert original.size == len(data)
    assert original.sha256 == name_of(data)
    return original.sha256


@pytest.mark.parametrize(
    "data", [b"", SHORT, b"x" * BLOCK, LARGE], ids=["empty", "short", "one block", "large"]
)
def test_what_is_added_is_there_to_the_byte_on_every_machine(kept: Kept, data: bytes) -> None:
    sha256 = add(kept.here, data)
    for originals in (kept.here, kept.machine("other")):
        assert originals.size(sha256) == len(data)
        path = originals.path(sha256)
        assert path is not None
        assert path.read_bytes() == data
        assert path.stat().st_mode & 0o077 == 0
        assert b"".join(originals.blocks(sha256, 0, len(data))) == data


def test_how_much_is_kept_for_all_machines_is_told(shared: Kept) -> None:
    assert shared.home.measure("attachments") == (0, 0)
    first = add(shared.here, SHORT)
    add(shared.machine("other"), LARGE)
    assert shared.home.measure("attachments") == (2, len(SHORT) + len(LARGE))
    assert shared.home.measure("documents") == (0, 0)
    assert shared.here.remove(first)
    assert shared.home.measure("attachments") == (1, len(LARGE))


def test_a_range_is_given_without_the_rest(kept: Kept) -> None:
    sha256 = add(kept.here, LARGE)
    there = kept.machine("other")
    for start, end in RANGES:
        blocks = list(there.blocks(sha256, start, end))
        assert b"".join(blocks) == LARGE[start:end]
        assert max(map(len, blocks)) <= PART
    if kept.kind != "folder":
        assert not (there.folder / sha256).exists()


@pytest.mark.parametrize(
    "wrong", ["", "a" * 63, "A" * 64, "../" * 21 + "a", "a" * 63 + "\n", "a" * 60 + ".txt"]
)
def test_what_is_no_hash_is_nowhere(kept: Kept, wrong: str) -> None:
    add(kept.here, SHORT)
    assert kept.here.size(wrong) is None
    assert kept.here.path(wrong) is None
    assert list(kept.here.blocks(wrong, 0, 10)) == []
    assert not kept.here.touch(wrong)
    assert not kept.here.remove(wrong)


def test_what_was_never_added_is_not_there(kept: Kept) -> None:
    assert kept.here.size(MISSING) is None
    assert kept.here.path(MISSING) is None
    assert not kept.here.touch(MISSING)
    assert not kept.here.remove(MISSING)
    assert list(kept.here.list_hashes()) == []


def test_what_breaks_off_is_not_kept_and_leaves_nothing(kept: Kept) -> None:
    def chunks() -> Iterator[bytes]:
        yield SHORT
        raise ValueError("the client went away")

    with pytest.raises(ValueError, match="went away"), kept.here.adding(chunks()):
        pass
    assert list(kept.here.list_hashes()) == []
    assert [path for path in kept.here.folder.iterdir() if path.name != ".lock"] == []


def test_all_that_is_kept_is_told_with_when_it_was_given(kept: Kept) -> None:
    before = kept.here.clock()
    hashes = {add(kept.here, f"number {number}".encode()) for number in range(5)}
    told = dict(kept.machine("other").list_hashes())
    assert told.keys() == hashes
    assert all(before - 1 <= moment <= kept.here.clock() + 1 for moment in told.values())


def test_what_nobody_has_given_since_is_removed_everywhere(kept: Kept) -> None:
    sha256 = add(kept.here, SHORT)
    beside = kept.here.folder / f"{sha256}.txt.text"
    beside.write_text("what was made from it")
    other = kept.machine("other")
    kept.age(sha256, 2)
    assert not other.remove(sha256, before=kept.here.clock() - 3 * DAY)
    assert kept.here.remove(sha256, before=kept.here.clock() - DAY)
    assert kept.here.size(sha256) is None
    assert other.size(sha256) is None
    assert kept.here.path(sha256) is None
    assert not beside.exists()
    assert dict(kept.here.list_hashes()) == {}


@pytest.mark.parametrize("how", ["touched", "added again"])
def test_what_is_given_or_about_to_be_named_again_stays(kept: Kept, how: str) -> None:
    sha256 = add(kept.here, SHORT)
    kept.age(sha256, 2)
    yesterday = kept.here.clock() - DAY
    if how == "touched":
        assert kept.machine("other").touch(sha256)
    else:
        add(kept.machine("other"), SHORT)
    assert not kept.here.remove(sha256, before=yesterday)
    assert kept.here.size(sha256) == len(SHORT)


def test_what_is_named_while_it_is_added_is_not_removed(kept: Kept) -> None:
    """Whoever removes it waits for the end of the block in which it is named."""
    named: list[bool] = []
    removed: list[bool] = []

    def remove() -> None:
        removed.append(kept.machine("other").remove(name_of(SHORT), unless=lambda: bool(named)))

    other = threading.Thread(target=remove)
    with kept.here.adding([SHORT]) as original:
        other.start()
        named.append(True)
    other.join()
    assert removed == [False]
    assert kept.here.size(original.sha256) == len(SHORT)


def test_the_same_bytes_from_several_at_once_are_kept_once(kept: Kept) -> None:
    threads = [threading.Thread(target=add, args=(kept.machine(str(one)), LARGE)) for one in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [sha256 for sha256, _ in kept.here.list_hashes()] == [name_of(LARGE)]
    assert b"".join(kept.machine("fourth").blocks(name_of(LARGE), 0, len(LARGE))) == LARGE


def test_what_is_removed_between_its_arrival_and_its_naming_is_put_again(
    shared: Kept, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = shared.home
    put, lost = home.put, list[str]()

    def put_and_lose(name: str, path: Path) -> None:
        put(name, path)
        if not lost:
            lost.append(name)
            home.remove(name)

    monkeypatch.setattr(home, "put", put_and_lose)
    sha256 = add(shared.here, SHORT)
    assert lost
    assert shared.machine("other").path(sha256) is not None


def test_a_damaged_original_is_shown_to_nobody(shared: Kept) -> None:
    sha256 = add(shared.here, SHORT)
    if shared.kind == "rows":
        OriginalBlock.objects.update(data=SHORT[::-1])
    else:
        shared.here.touch(sha256)
        wrong = shared.here.folder / ".wrong"
        wrong.write_bytes(SHORT[::-1])
        shared.home.put(f"attachments/{sha256}", wrong)
    other = shared.machine("other")
    with pytest.raises(OSError, match="damaged"):
        other.path(sha256)
    assert list(other.folder.iterdir()) == []


def test_copies_that_nobody_used_for_a_day_go_and_come_again(shared: Kept) -> None:
    used, unused = add(shared.here, b"used"), add(shared.here, b"unused")
    text = shared.here.folder / f"{unused}.text"
    text.write_text("words")
    then = time.time() - 2 * DAY
    for copy in shared.here.folder.iterdir():
        os.utime(copy, (then, then))
    assert shared.here.path(used) is not None
    shared.here.sweep(time.time() - DAY)
    assert [path.name for path in shared.here.folder.iterdir()] == [used]
    path = shared.here.path(unused)
    assert path is not None
    assert path.read_bytes() == b"unused"


@SQLITE
def test_a_bucket_that_refuses_is_told_without_keys(storage: ObjectStorage, tmp_path: Path) -> None:
    originals = SharedOriginals(tmp_path / "attachments", BucketHome(parse_place(storage.url)))
    sha256 = add(originals, SHORT)
    storage.refusing = 403
    tried: list[Callable[[], object]] = [
        lambda: originals.size(sha256),
        lambda: add(originals, b"more"),
        lambda: originals.touch(sha256),
        lambda: list(originals.list_hashes()),
        lambda: originals.remove(sha256),
    ]
    for ask in tried:
        with pytest.raises(OriginalsAwayError) as refused:
            ask()
        assert KEY not in str(refused.value)
        assert SECRET not in str(refused.value)
    storage.refusing = 0
    assert originals.size(sha256) == len(SHORT)


@SQLITE
def test_a_wrong_key_gets_nothing_from_the_service(
    storage: ObjectStorage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "another")
    originals = SharedOriginals(tmp_path / "attachments", BucketHome(parse_place(storage.url)))
    with pytest.raises(OriginalsAwayError):
        add(originals, SHORT)
    assert storage.objects == {}


@SQLITE
def test_a_bucket_that_is_not_there_is_no_file_that_is_not_there(
    storage: ObjectStorage, tmp_path: Path
) -> None:
    place = parse_place(storage.url.replace("s3://divan", "s3://another"))
    originals = SharedOriginals(tmp_path / "attachments", BucketHome(place))
    with pytest.raises(OriginalsAwayError, match="NoSuchBucket") as refused:
        add(originals, SHORT)
    assert KEY not in str(refused.value)


@SQLITE
def test_a_large_original_goes_to_the_bucket_in_parts(storage: ObjectStorage, tmp_path: Path) -> None:
    originals = SharedOriginals(tmp_path / "attachments", BucketHome(parse_place(storage.url)))
    sha256 = add(originals, LARGE)
    assert [method for method, *_ in storage.asked].count("POST") == 2
    assert storage.objects.keys() == {f"some/prefix/attachments/{sha256}"}
    assert storage.uploads == {}


def test_where_originals_are_kept_is_what_the_settings_say(
    settings: Settings, storage: ObjectStorage
) -> None:
    homes = []
    for files_url, store in (
        ("", "files"),
        ("", "postgresql"),
        (storage.url, "files"),
        (storage.url, "postgresql"),
    ):
        settings.FILES_URL, settings.STORE = files_url, store
        homes.append(type(home_of_all()))
    assert homes == [type(None), RowHome, BucketHome, BucketHome]
