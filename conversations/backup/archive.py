"""The zip of a backup. Conversations, trash, attachments, documents, what belongs to people and test sets are
copied as files; the database's own rows as lines (rows.py). The manifest, written last, has the size and
SHA-256 of every file: an archive without one is not whole.
"""

import hashlib
import io
import shutil
import tempfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol

import orjson

from conversations.backup import rows
from conversations.errors import (
    ConversationNotFoundError,
    RunNotFoundError,
    SetNotFoundError,
    StoreError,
)
from conversations.ids import is_conversation_id
from conversations.store.choice import current_store, in_postgresql, store_in
from conversations.store.content import Content
from core import disk
from core.originals.choice import home_of_all, originals_in

VERSION = 2
"""1 had the database as SQLite's own file, or as Django's fixture."""
MANIFEST = "manifest.json"
ROWS = "database.jsonl"
SNAPSHOT = "database.sqlite3"
FIXTURE = "database.json"
DATABASES = (ROWS, SNAPSHOT, FIXTURE)
OF_CONVERSATIONS = ("conversations", "trash")
TESTSETS = "testsets"
ORIGINALS = ("attachments", "documents")
FOLDERS = (*OF_CONVERSATIONS, *ORIGINALS, "people", TESTSETS)
SECRET = "secret_key"  # noqa: S105 -- a file's name
KEYS = "encryption_keys"
"""What the database's keys of model services are encrypted with; only taken along where asked."""
TOOL_SERVERS = "mcp.json"
"""Tool servers, with their keys as a person wrote them; only taken along where asked. Not one elsewhere."""
OPENING = (KEYS, TOOL_SERVERS)

Progress = Callable[[int, int], None]
Manifest = dict[str, dict[str, int | str]]


class BackupSource(Protocol):
    def read(self, most: int, /) -> bytes: ...


class BackupError(StoreError):
    """The message is a sentence for a person."""


def write_backup(data_dir: Path, target: Path, progress: Progress, *, with_keys: bool = False) -> int:
    """The number of files. `target` appears only when it is whole. Raises BackupError, OSError."""
    if target.exists():
        raise BackupError(f"{target} is there already.")
    if not target.parent.is_dir():
        raise BackupError(f"There is no folder {target.parent}.")
    draft = target.with_name(f".{target.name}.part")
    draft.unlink(missing_ok=True)
    draft.touch(disk.FILE_MODE)
    manifest: Manifest = {}
    try:
        with zipfile.ZipFile(draft, "w", zipfile.ZIP_DEFLATED, allowZip64=True) as archive:
            files = list(_files(data_dir, with_keys))
            for done, path in enumerate(files, 1):
                name = path.relative_to(data_dir).as_posix()
                size = _settled_size(data_dir, path)
                if size is not None:
                    with path.open("rb") as source:
                        manifest[name] = _put(archive, name, source, size)
                progress(done, len(files))
            if in_postgresql():
                _put_stored(archive, manifest)
                _put_testsets(archive, manifest)
            if home_of_all() is not None:
                _put_originals(archive, manifest, data_dir)
            with tempfile.TemporaryFile(dir=target.parent) as lines:
                rows.dump_rows(lines)
                size = lines.tell()
                lines.seek(0)
                manifest[ROWS] = _put(archive, ROWS, lines, size)
            about = {"divan": VERSION, "made": datetime.now(UTC).isoformat(), "files": manifest}
            archive.writestr(MANIFEST, orjson.dumps(about, option=orjson.OPT_INDENT_2))
        disk.move_new(draft, target)
    finally:
        draft.unlink(missing_ok=True)
    return len(manifest)


def _put_stored(archive: zipfile.ZipFile, manifest: Manifest) -> None:
    """Conversations that are no files, as the files that they would be. What is answered at this moment is
    not among them."""
    store = current_store()
    for folder, place in (("conversations", store), ("trash", store.trashed)):
        for conversation in place.ids():
            name = f"{folder}/{conversation}.jsonl"
            # One that was deleted, or restored, a moment ago stands in the other place, or is gone.
            with suppress(ConversationNotFoundError), place.reading(conversation) as content:
                manifest[name] = _put(archive, name, ContentReader(content), content.size)


def _put_testsets(archive: zipfile.ZipFile, manifest: Manifest) -> None:
    """As the files that they would be; a run that goes on, as far as it has come."""
    testsets = current_store().testsets
    for testset, _stamp in testsets.stamps():
        # One that was deleted a moment ago is gone.
        with suppress(SetNotFoundError):
            data, name = testsets.read(testset), f"{TESTSETS}/{testset}"
            manifest[f"{name}.json"] = _put(archive, f"{name}.json", io.BytesIO(data), len(data))
            for run in testsets.run_ids(testset):
                file = f"{name}.runs/{run}.jsonl"
                with suppress(RunNotFoundError), testsets.reading_run(testset, run) as content:
                    manifest[file] = _put(archive, file, BlockReader(content.blocks), content.size)


def _put_originals(archive: zipfile.ZipFile, manifest: Manifest, data_dir: Path) -> None:
    """Of all machines, as the files that they would be."""
    for place in ORIGINALS:
        originals = originals_in(data_dir, place)
        for sha256, _ in originals.list_hashes():
            # One that was removed a moment ago is gone.
            if (size := originals.size(sha256)) is not None:
                name = f"{place}/{sha256}"
                manifest[name] = _put(archive, name, BlockReader(originals.blocks(sha256, 0, size)), size)


class BlockReader:
    """Reads a file's blocks one after the other."""

    def __init__(self, blocks: Iterator[bytes]) -> None:
        self._blocks = blocks
        self._rest = b""

    def read(self, most: int) -> bytes:
        if not self._rest:
            self._rest = next(self._blocks, b"")
        data, self._rest = self._rest[:most], self._rest[most:]
        return data


class ContentReader:
    """Reads a conversation's bytes one after the other."""

    def __init__(self, content: Content) -> None:
        self._content = content
        self._at = 0

    def read(self, most: int) -> bytes:
        data = self._content.read(self._at, most)
        self._at += len(data)
        return data


def _files(data_dir: Path, with_keys: bool) -> Iterator[Path]:
    """Drafts, which begin with a dot, are not whole yet. Of what has another home, files are copies, or what
    a move has left."""
    for folder in folders_here():
        for path in sorted((data_dir / folder).rglob("*")):
            if path.is_file() and not path.name.startswith("."):
                yield path
    for name in (SECRET, *OPENING) if with_keys else (SECRET,):
        if (data_dir / name).is_file():
            yield data_dir / name


def folders_here() -> list[str]:
    """Those of `FOLDERS` that are kept in the data folder, and nowhere else."""
    elsewhere = ORIGINALS if home_of_all() is not None else ()
    if in_postgresql():
        elsewhere = (*elsewhere, *OF_CONVERSATIONS, "people", TESTSETS)
    return [folder for folder in FOLDERS if folder not in elsewhere]


def _settled_size(data_dir: Path, path: Path) -> int | None:
    """Up to where the file will not change any more: of a conversation, between two appends. None if it is
    gone by now."""
    try:
        if (
            path.parent == data_dir / "conversations"
            and is_conversation_id(path.stem)
            and path.suffix == ".jsonl"
        ):
            with store_in(data_dir).locked(path.stem) as content:
                return content.size
        return path.stat().st_size
    except (FileNotFoundError, ConversationNotFoundError):
        return None


def _put(archive: zipfile.ZipFile, name: str, source: BackupSource, size: int) -> dict[str, int | str]:
    entry = zipfile.ZipInfo(name, datetime.now(UTC).timetuple()[:6])
    entry.compress_type = zipfile.ZIP_DEFLATED
    entry.external_attr = disk.FILE_MODE << 16
    digest, left = hashlib.sha256(), size
    with archive.open(entry, "w", force_zip64=size > 1 << 30) as target:
        while left > 0 and (block := source.read(min(disk.BLOCK, left))):
            digest.update(block)
            target.write(block)
            left -= len(block)
    return {"size": size - left, "sha256": digest.hexdigest()}


def unpack_backup(source: Path, folder: Path, progress: Progress, *, database: str) -> None:
    """All of it, verified. `database`: the vendor of the one it is for. Raises BackupError, OSError."""
    try:
        with zipfile.ZipFile(source) as archive:
            files = _manifest(archive)
            if SNAPSHOT in files and database != "sqlite":
                raise BackupError(
                    "This backup was made by an older version and holds its database as an SQLite file, "
                    f"which {database} cannot take. Restore it on SQLite, and make a new backup there; that "
                    "one can be restored here. Nothing was changed."
                )
            _check_space(files, folder)
            for done, (name, about) in enumerate(files.items(), 1):
                _unpack_one(archive, name, about, folder)
                progress(done, len(files))
    except (
        zipfile.BadZipFile,
        EOFError,
        KeyError,
        NotImplementedError,
        TypeError,
        ValueError,
        zlib.error,
    ) as error:
        raise BackupError(f"{source} is damaged or no backup: {error}. Nothing was changed.") from error


def _manifest(archive: zipfile.ZipFile) -> Manifest:
    about = orjson.loads(archive.read(MANIFEST))
    if about["divan"] > VERSION:
        raise BackupError("The backup was made by a newer version of Divan. Nothing was changed.")
    files: Manifest = about["files"]
    for name in files:
        if not _is_ours(name):
            raise BackupError(f"The backup holds {name!r:.80}, which is none of our files.")
    return files


def _check_space(files: Manifest, folder: Path) -> None:
    """Twice the database's: it is read into one that is made beside it."""
    needed = sum(int(about["size"]) * (2 if name in DATABASES else 1) for name, about in files.items())
    free = shutil.disk_usage(folder).free
    if needed > free:
        raise BackupError(
            f"The disk of {folder.parent} has not enough room: {needed:,} bytes are needed, {free:,} are "
            "free. Nothing was changed."
        )


def _is_ours(name: str) -> bool:
    if name in (SECRET, *OPENING, *DATABASES):
        return True
    folder, *rest = name.split("/")
    return (
        folder in FOLDERS
        and bool(rest)
        and not any(part in ("", ".", "..") or "\\" in part or "\0" in part for part in rest)
    )


def _unpack_one(archive: zipfile.ZipFile, name: str, about: dict[str, int | str], folder: Path) -> None:
    path = folder / name
    path.parent.mkdir(mode=disk.FOLDER_MODE, parents=True, exist_ok=True)
    digest, size = hashlib.sha256(), 0
    path.touch(disk.FILE_MODE)
    with archive.open(name) as packed, path.open("wb") as target:
        while block := packed.read(disk.BLOCK):
            digest.update(block)
            size += len(block)
            if size > int(about["size"]):
                break
            target.write(block)
    if (size, digest.hexdigest()) != (about["size"], about["sha256"]):
        raise BackupError(f"{name} in the backup is not what was put there. Nothing was changed.")
