"""A file, a folder or a zip that someone exported somewhere: its JSON documents and its attachments.

Nothing in it is believed: not the sizes a zip names, not its names (nothing is unpacked under one).
"""

import re
import zipfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from django.utils.functional import Promise
from django.utils.translation import gettext as _

from .archive import Unpacking
from .entry import Entry, ImportRefusedError, SourceEntryError, entry_of
from .report import NO_DOCUMENTS, ONLY_HTML

MOST_ATTACHMENT = 100 << 20
DOCUMENTS = (".json", ".jsonl", ".ndjson")
COMPANIONS = re.compile(
    r"(users?|user_settings|projects|memories|message_feedback|shared_conversations|model_comparisons"
    r"|group_chats|shopping|sora|library_files|conversation_asset_file_names|export_manifest)\.json"
)
"""What ChatGPT and Claude put beside the conversations of an export."""

_FILE_ID = re.compile(r"file[-_][A-Za-z0-9]+|[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")

Find = Callable[..., tuple[str, bytes] | None]
"""Name and bytes of the attachment that one of these ids, paths or names means; the first that is there."""


@dataclass(slots=True)
class ImportSource:
    """`unread`: names of what cannot be read, and why. `close` what it holds open."""

    entries: list[Entry]
    unread: list[tuple[str, str | Promise]] = field(default_factory=list)
    resources: ExitStack = field(default_factory=ExitStack)
    documents: list[Entry] = field(init=False)
    _findable: dict[str, Entry] = field(init=False)

    def __post_init__(self) -> None:
        documents = [entry for entry in self.entries if entry.base.endswith(DOCUMENTS)]
        self.documents = sorted(documents, key=lambda entry: entry.name)
        self._findable = _findable(self.entries)

    def close(self) -> None:
        self.resources.close()

    def is_companion(self, entry: Entry) -> bool:
        """Whether it belongs to an export without being expected to hold conversations."""
        return COMPANIONS.fullmatch(entry.base) is not None and any(
            other.base.startswith("conversations") and other.folder == entry.folder
            for other in self.documents
        )

    def find(self, *hints: str) -> tuple[str, bytes] | None:
        keys = (key for hint in hints for key in [*_FILE_ID.findall(hint), *_name_of(hint)])
        entry = next((self._findable[key] for key in keys if key in self._findable), None)
        if entry is None:
            return None
        try:
            data = entry.open().read(MOST_ATTACHMENT + 1)
        except SourceEntryError as error:
            if (entry.name, error.reason) not in self.unread:
                self.unread.append((entry.name, error.reason))
            return None
        return (PurePosixPath(entry.name).name, data) if len(data) <= MOST_ATTACHMENT else None


def _findable(entries: list[Entry]) -> dict[str, Entry]:
    """By the id that a file's name begins with, and by its name, where no other file has the same."""
    known: dict[str, Entry] = {}
    count: dict[str, int] = {}
    for entry in entries:
        own = _FILE_ID.match(PurePosixPath(entry.name).name)
        for key in [*([own.group()] if own else ()), *_name_of(entry.name)]:
            known.setdefault(key, entry)
            count[key] = count.get(key, 0) + 1
    return {key: entry for key, entry in known.items() if count[key] == 1 or _FILE_ID.fullmatch(key)}


def _name_of(path: str) -> list[str]:
    name = PurePosixPath(path).name
    return [name.casefold()] if name else []


def open_source(path: Path, label: str = "") -> ImportSource:
    """`label`: what to call a single file. Raises ImportRefusedError where the whole cannot be read."""
    try:
        if not path.exists():
            raise ImportRefusedError(_("{name} is not there.").format(name=label or path.name))
        if path.is_file() and not zipfile.is_zipfile(path):
            entry = entry_of(path, label or path.name)
            source = ImportSource([entry])
            source.documents = [entry]
            return source
        unpacking = Unpacking()
        with ExitStack() as resources:
            unpacking.resources = resources
            entries = (
                list(unpacking.entries_in(path)) if path.is_file() else list(_in_folder(path, unpacking))
            )
            source = ImportSource(entries, unpacking.unread, resources.pop_all())
    except OSError as error:
        raise ImportRefusedError(_("{name} cannot be read.").format(name=label or path.name)) from error
    if not (source.documents or source.unread) and (source.entries or path.is_file()):
        pages = any(entry.base.endswith((".html", ".htm")) for entry in source.entries)
        source.unread.append((label or path.name, ONLY_HTML if pages else NO_DOCUMENTS))
    return source


def _in_folder(root: Path, unpacking: Unpacking) -> Iterator[Entry]:
    for path in sorted(root.rglob("*")):
        if path.is_file():
            name = str(path.relative_to(root))
            if path.suffix.casefold() == ".zip" and zipfile.is_zipfile(path):
                yield from unpacking.entries_in(path, f"{name}/")
            else:
                yield entry_of(path, name)
