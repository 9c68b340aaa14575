"""An import from beginning to end. What cannot be taken is counted, with the reason, and never stops the
rest."""

import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol, cast

import orjson
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from conversations.errors import ConversationExistsError, InvalidRecordError
from conversations.files.attachments import Attachment, AttachmentStore, sniff
from conversations.files.lines import whole_characters
from conversations.files.store import FileStore
from conversations.index.indexing import index_conversation
from conversations.owners import owner_of
from conversations.records import ConversationRecord, Record

from . import chatgpt, claude, divan, librechat, openwebui
from .chat import Chat, records_of, text
from .elements import Readable, elements
from .source import Find, Source, open_source
from .watched import Progress, Watched


class Importer(Protocol):
    def recognises(self, entry: dict[str, Any]) -> bool: ...

    def read(self, entry: dict[str, Any], find: Find) -> Chat: ...


IMPORTERS = cast(tuple[Importer, ...], (chatgpt, claude, openwebui, librechat))

HERE_ALREADY = _("here already")
IN_TRASH = _("in the trash")
EMPTY = _("without messages")
TOO_LARGE = _("too large for a conversation")
NOT_JSON = _("no JSON")
UNKNOWN = _("no conversation of a known kind")


@dataclass(slots=True)
class Report:
    """`skipped`: what (a title, an id) and why. `ids`: the conversations that were made, or would be.
    `stopped`: before all was looked at."""

    ids: list[str] = field(default_factory=list)
    messages: int = 0
    attachments: int = 0
    skipped: list[tuple[str, str]] = field(default_factory=list)
    stopped: bool = False

    @property
    def conversations(self) -> int:
        return len(self.ids)

    def reasons(self) -> dict[str, int]:
        counts: dict[str, int] = {}
        for _what, reason in self.skipped:
            counts[reason] = counts.get(reason, 0) + 1
        return counts


def import_file(
    data_dir: Path,
    path: Path,
    owner: str,
    *,
    dry_run: bool = False,
    report: Report | None = None,
    should_stop: Callable[[], bool] = lambda: False,
    progress: Progress = lambda done, total: None,
) -> Report:
    """A JSON file, a zip or a folder. `dry_run` counts and writes nothing. `report` is filled on the way, for
    whoever looks on; `should_stop` is asked before each conversation. Raises ImportRefusedError where the
    whole cannot be read, StorageError where it cannot be written."""
    source = open_source(path)
    try:
        watched = Watched(source, progress)
        run = _Run(FileStore(data_dir), AttachmentStore(data_dir), source, owner, dry_run)
        run.report = report or run.report
        run.should_stop = should_stop
        for name in source.documents:
            if not run.report.stopped:
                run.take_document(name, watched.open(name))
        watched.end()
        return run.report
    finally:
        source.close()


class _Run:
    def __init__(
        self, store: FileStore, attachments: AttachmentStore, source: Source, owner: str, dry_run: bool
    ) -> None:
        self.report = Report()
        self.should_stop: Callable[[], bool] = lambda: False
        self._store = store
        self._attachments = attachments
        self._source = source
        self._owner = owner
        self._dry_run = dry_run
        self._kept: set[str] = set()

    def take_document(self, name: str, stream: Readable) -> None:
        lines: list[dict[str, Any]] = []
        for entry in self._entries(name, stream):
            if self.should_stop():
                self.report.stopped = True
                return
            if text(entry.get("type")) and "at" in entry:
                # A file of our own: its lines belong together.
                if entry["type"] == "conversation":
                    self._take_lines(lines)
                    lines = []
                lines.append(entry)
            else:
                self._take_entry(name, entry)
        self._take_lines(lines)

    def _entries(self, name: str, stream: Readable) -> Iterator[dict[str, Any]]:
        found = False
        for element in elements(stream):
            found = True
            if element is None:
                self._skip(name, TOO_LARGE)
                continue
            try:
                entry = parse(element)
            except ValueError:
                self._skip(name, NOT_JSON)
                continue
            if isinstance(entry, dict):
                yield entry
            else:
                self._skip(name, UNKNOWN)
        if not found:
            self._skip(name, NOT_JSON)

    def _take_lines(self, lines: list[dict[str, Any]]) -> None:
        if lines:
            self._take_own(lines[0], lambda: divan.checked(lines, self._owner))

    def _take_entry(self, name: str, entry: dict[str, Any]) -> None:
        if divan.recognises(entry):
            self._take_own(entry, lambda: divan.read(entry, self._owner))
            return
        importer = next((one for one in IMPORTERS if one.recognises(entry)), None)
        if importer is None:
            self._skip(text(entry.get("title")) or text(entry.get("name")) or name, UNKNOWN)
            return
        self._take_chat(importer.read(entry, self._source.find))

    def _take_chat(self, chat: Chat) -> None:
        label = chat.title or chat.key
        kept: list[bytes] = []

        def keep(data: bytes) -> Attachment:
            kept.append(data)
            return Attachment(AttachmentStore.name(data), sniff(data), len(data))

        records = records_of(chat, self._owner, keep)
        if not any(record["type"] == "message" for record in records):
            self._skip(label, EMPTY)
        else:
            self._make(label, records, kept)

    def _take_own(self, entry: dict[str, Any], read: Callable[[], list[Record]]) -> None:
        label = text(entry.get("id"))
        try:
            records = read()
        except InvalidRecordError as error:
            self._skip(label, str(error))
            return
        first = cast(ConversationRecord, records[0])
        if self._store.exists(first["id"]):
            other = self._store.open(first["id"]).tree.conversation
            if other is not None and owner_of(other) != self._owner:
                records = divan.for_another(records, self._owner)
        self._make(label, records, divan.attachments(entry))

    def _make(self, label: str, records: list[Record], attached: Iterable[bytes]) -> None:
        first = cast(ConversationRecord, records[0])
        conversation = first["id"]
        if self._store.exists(conversation) or conversation in self.report.ids:
            self._skip(label, HERE_ALREADY)
            return
        if self._store.in_trash(conversation):
            self._skip(label, IN_TRASH)
            return
        for data in attached:
            self._keep(data)
        if not self._dry_run:
            try:
                self._store.create(first, *records[1:])
            except (ConversationExistsError, InvalidRecordError) as error:
                self._skip(label, str(error))
                return
            index_conversation(self._store, conversation)
        self.report.ids.append(conversation)
        self.report.messages += sum(1 for record in records if record["type"] == "message")

    def _keep(self, data: bytes) -> None:
        sha256 = AttachmentStore.name(data)
        if sha256 not in self._kept:
            self._kept.add(sha256)
            self.report.attachments += 1
            if not self._dry_run:
                self._attachments.add(data)

    def _skip(self, label: str, reason: str | Promise) -> None:
        self.report.skipped.append((label, str(reason)))


def parse(data: bytes) -> Any:
    """Raises ValueError. Takes the halves of surrogate pairs that other programs write."""
    try:
        return orjson.loads(data)
    except ValueError:
        pass
    try:
        return whole_characters(json.loads(data))
    except RecursionError as error:
        raise ValueError("nested too deeply") from error
