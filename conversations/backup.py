"""Everything that Divan keeps, in one zip, while the server runs; and back again.

Conversations, trash and attachments are copied as files; the database as SQLite's own snapshot, or, of
another database, as Django's fixture of all but the index and the passages of documents, which the files
give. The manifest, written last, has the size and SHA-256 of every file: an archive without one is not whole.
"""

import hashlib
import io
import shutil
import sqlite3
import tempfile
import zipfile
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import orjson
from django.conf import settings
from django.core.management import call_command
from django.db import connection, connections

from conversations import signals
from conversations.errors import ConversationNotFoundError, StoreError
from conversations.files import disk
from conversations.files.in_use import used_alone
from conversations.files.store import FileStore
from conversations.ids import is_conversation_id
from conversations.index.indexing import reindex

VERSION = 1
MANIFEST = "manifest.json"
SNAPSHOT = "database.sqlite3"
FIXTURE = "database.json"
FOLDERS = ("conversations", "trash", "attachments", "documents")
SECRET = "secret_key"  # noqa: S105 -- a file's name
KEYS = "encryption_keys"
"""What the database's keys of model services are encrypted with; only taken along where asked."""
_MADE_ANEW = (
    "contenttypes",
    "auth.permission",
    "sessions",
    "admin.logentry",
    "conversations",
    "rag.passage",
    "rag.vector",
    "rag.embeddingmodel",
)

Progress = Callable[[int, int], None]


class BackupError(StoreError):
    """The message is a sentence for a person."""


def backup(data_dir: Path, target: Path, progress: Progress, *, with_keys: bool = False) -> int:
    """The number of files. `target` appears only when it is whole. Raises BackupError, OSError."""
    if target.exists():
        raise BackupError(f"{target} is there already.")
    if not target.parent.is_dir():
        raise BackupError(f"There is no folder {target.parent}.")
    draft = target.with_name(f".{target.name}.part")
    draft.unlink(missing_ok=True)
    draft.touch(disk.FILE_MODE)
    manifest: dict[str, dict[str, int | str]] = {}
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
            _put_database(archive, manifest)
            about = {"divan": VERSION, "made": datetime.now(UTC).isoformat(), "files": manifest}
            archive.writestr(MANIFEST, orjson.dumps(about, option=orjson.OPT_INDENT_2))
        disk.move_new(draft, target)
    finally:
        draft.unlink(missing_ok=True)
    return len(manifest)


def _files(data_dir: Path, with_keys: bool) -> Iterator[Path]:
    """Drafts, which begin with a dot, are not whole yet."""
    for folder in FOLDERS:
        for path in sorted((data_dir / folder).rglob("*")):
            if path.is_file() and not path.name.startswith("."):
                yield path
    for name in (SECRET, KEYS) if with_keys else (SECRET,):
        if (data_dir / name).is_file():
            yield data_dir / name


def _settled_size(data_dir: Path, path: Path) -> int | None:
    """Up to where the file will not change any more: of a conversation, between two appends. None if it is
    gone by now."""
    try:
        if (
            path.parent == data_dir / "conversations"
            and is_conversation_id(path.stem)
            and path.suffix == ".jsonl"
        ):
            with FileStore(data_dir).locked(path.stem) as file:
                return disk.size_of(file.fd)
        return path.stat().st_size
    except (FileNotFoundError, ConversationNotFoundError):
        return None


def _put(archive: zipfile.ZipFile, name: str, source: io.BufferedIOBase, size: int) -> dict[str, int | str]:
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


def _put_database(archive: zipfile.ZipFile, manifest: dict[str, dict[str, int | str]]) -> None:
    if connection.vendor == "sqlite":
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / SNAPSHOT
            address = f"{_database().as_uri()}?mode=ro"
            with closing(sqlite3.connect(address, uri=True)) as live, closing(sqlite3.connect(path)) as copy:
                live.backup(copy)
            with path.open("rb") as source:
                manifest[SNAPSHOT] = _put(archive, SNAPSHOT, source, path.stat().st_size)
        return
    text = io.StringIO()
    call_command("dumpdata", exclude=_MADE_ANEW, natural_foreign=True, stdout=text)
    data = text.getvalue().encode()
    manifest[FIXTURE] = _put(archive, FIXTURE, io.BytesIO(data), len(data))


def restore(data_dir: Path, source: Path, progress: Progress) -> Path | None:
    """Puts everything back, after all of it was unpacked and verified. What was there before is moved
    aside, into the folder that is returned. The server must not run. Raises BackupError, OSError."""
    with (
        used_alone(data_dir),
        tempfile.TemporaryDirectory(dir=data_dir, prefix=".restore-") as name,
    ):
        unpacked = Path(name)
        _unpack(source, unpacked, progress)
        aside = _move_aside(data_dir, replaced=[KEYS] if (unpacked / KEYS).exists() else [])
        for entry in (*FOLDERS, SECRET, KEYS):
            if (unpacked / entry).exists():
                (unpacked / entry).rename(data_dir / entry)
        _restore_database(unpacked, aside)
    reindex(FileStore(data_dir))
    signals.restored.send_robust(restore)
    return aside


def _unpack(source: Path, folder: Path, progress: Progress) -> None:
    try:
        with zipfile.ZipFile(source) as archive:
            files = _manifest(archive)
            for done, (name, about) in enumerate(files.items(), 1):
                _unpack_one(archive, name, about, folder)
                progress(done, len(files))
    except (zipfile.BadZipFile, EOFError, KeyError, NotImplementedError, ValueError) as error:
        raise BackupError(f"{source} is damaged or no backup: {error}") from error


def _manifest(archive: zipfile.ZipFile) -> dict[str, dict[str, int | str]]:
    about = orjson.loads(archive.read(MANIFEST))
    if about["divan"] != VERSION:
        raise BackupError("The backup was made by a newer version of Divan.")
    files: dict[str, dict[str, int | str]] = about["files"]
    for name in files:
        if not _is_ours(name):
            raise BackupError(f"The backup holds {name!r:.80}, which is none of our files.")
    return files


def _is_ours(name: str) -> bool:
    if name in (SECRET, KEYS, SNAPSHOT, FIXTURE):
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
        raise BackupError(f"{name} in the backup is not what was put there.")


def _move_aside(data_dir: Path, replaced: list[str]) -> Path | None:
    there = [data_dir / entry for entry in (*FOLDERS, SECRET, *replaced) if (data_dir / entry).exists()]
    if not there and not (connection.vendor == "sqlite" and _database().exists()):
        return None
    aside = data_dir / f"before-restore-{datetime.now(UTC):%Y%m%d-%H%M%S-%f}"
    disk.make_folder(aside)
    for path in there:
        path.rename(aside / path.name)
    return aside


def _database() -> Path:
    return Path(str(connection.settings_dict["NAME"]))


def _restore_database(unpacked: Path, aside: Path | None) -> None:
    if connection.vendor == "sqlite" and (unpacked / SNAPSHOT).exists():
        database = _database()
        connections.close_all()
        for suffix in ("", "-wal", "-shm"):
            old = database.with_name(database.name + suffix)
            if old.exists() and aside is not None:
                shutil.move(old, aside / old.name)
        shutil.move(unpacked / SNAPSHOT, database)
        call_command("migrate", verbosity=0)
        return
    call_command("migrate", verbosity=0)
    if (unpacked / FIXTURE).exists():
        call_command("loaddata", unpacked / FIXTURE, verbosity=0)
    elif (unpacked / SNAPSHOT).exists():
        engine = settings.DATABASES["default"]["ENGINE"]
        raise BackupError(f"The backup's database is SQLite's; it cannot be put into {engine}.")
