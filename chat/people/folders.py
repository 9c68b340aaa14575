"""A person's folder. Its name is made from their owner's id here and nowhere else; `person.json` in it says
whose it is, with their name beside it."""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import orjson
from django.conf import settings

from conversations.owners import named_owner
from conversations.store.choice import in_postgresql
from core import disk
from core.accounts import name_of
from core.owners import former_names, resolve_owner

FORMAT = 1
PERSON = "person.json"
PLAIN = frozenset(b"abcdefghijklmnopqrstuvwxyz0123456789_-@")
LONGEST = 120
"""Characters of a folder's name; file systems take 255."""


class DamagedFileError(Exception):
    """The message names the file and says what is wrong with it."""


def people_folder() -> Path:
    return Path(settings.DATA_DIR) / "people"


def are_kept() -> bool:
    """Not where machines with folders of their own share a database: each would keep what it had changed
    itself, and bring back at its next start what another had deleted."""
    return not in_postgresql()


def folder_name(owner: str) -> str:
    """Safe on every file system, also on those that do not tell capitals from small letters, and another one
    for each name."""
    name = "".join(chr(byte) if byte in PLAIN else f"%{byte:02x}" for byte in owner.encode())
    if len(name) <= LONGEST:
        return name
    digest = hashlib.sha256(owner.encode()).hexdigest()
    return f"{name[: LONGEST - len(digest) - 1]}.{digest}"


@contextmanager
def lock_folder(owner: str) -> Iterator[Path]:
    """Their folder, while nobody else writes to it. Raises OSError."""
    folder = people_folder() / folder_name(owner)
    _take_over_named(owner, folder)
    # Of several at once only the last would be made for its owner alone.
    disk.make_folder(people_folder())
    with disk.locked_folder(folder):
        if not (folder / PERSON).exists():
            write_file(folder / PERSON, {"format": FORMAT, **named_owner(owner, name_of(owner))})
        yield folder


def _take_over_named(owner: str, folder: Path) -> None:
    """A folder from before owners had ids bears their name."""
    named = next((name for name, known in former_names().items() if known == owner), None)
    if named is not None and not folder.exists() and (old := people_folder() / folder_name(named)).is_dir():
        # Another process may have been quicker.
        with suppress(OSError):
            old.rename(folder)
            write_file(folder / PERSON, {"format": FORMAT, **named_owner(owner, name_of(owner))})


def find_people() -> Iterator[tuple[str, Path]]:
    """Owners' ids and folders. A folder that does not say whose it is is no person's: DamagedFileError."""
    if people_folder().is_dir():
        for owner in former_names().values():
            _take_over_named(owner, people_folder() / folder_name(owner))
        for folder in sorted(path for path in people_folder().iterdir() if path.is_dir()):
            said = read_file(folder / PERSON)
            named = said.get("owner")
            owner = resolve_owner(named) if isinstance(named, str) else ""
            if folder.name not in (folder_name(owner), folder_name(str(named))):
                raise DamagedFileError(f"{folder / PERSON} does not name the owner of its folder")
            yield owner, folder


def read_file(path: Path) -> dict[str, Any]:
    """Raises DamagedFileError, also where the file is not there."""
    try:
        said = orjson.loads(path.read_bytes())
    except FileNotFoundError as error:
        raise DamagedFileError(f"{path} is not there") from error
    except OSError as error:
        raise DamagedFileError(f"{path} cannot be read: {error.strerror}") from error
    except ValueError as error:
        raise DamagedFileError(f"{path} is no JSON: {error}") from error
    if not isinstance(said, dict):
        raise DamagedFileError(f"{path} holds no object")
    version = said.get("format")
    if type(version) is not int or not 1 <= version <= FORMAT:
        raise DamagedFileError(f"{path} has format {version!r:.20}, which this version does not know")
    return said


def write_file(path: Path, said: dict[str, Any]) -> None:
    """Whole or not at all, and on disk when it returns; nothing where it says that already. The caller holds
    the lock. Raises OSError."""
    data = orjson.dumps(said, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)
    if path.exists() and path.read_bytes() == data:
        return
    disk.write_whole(path, data)


def set_aside(path: Path) -> Path:
    """A damaged file keeps what it holds, under another name."""
    number = 1
    while (kept := path.with_name(f"{path.name}.damaged-{number}")).exists():
        number += 1
    path.rename(kept)
    return kept
