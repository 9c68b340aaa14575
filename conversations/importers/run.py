"""An import from beginning to end. What cannot be taken is counted, with the reason, and never stops the
rest."""

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, Protocol, cast

from django.utils.functional import Promise

from conversations.attachments import Attachment, AttachmentStore, detect_type
from conversations.errors import ConversationExistsError, InvalidRecordError
from conversations.index.indexing import index_conversation
from conversations.owners import owner_of
from conversations.records import ConversationRecord, Record
from conversations.store.base import Store
from conversations.store.choice import store_in

from . import chatgpt, claude, divan, librechat, openwebui
from .attachments import keep_own, ownership_check
from .chat import Chat, read_text
from .chat_records import began_at, ending_of_chat, records_of
from .documents import entries_of
from .entry import Entry, SourceEntryError
from .read_progress import Progress, WatchedSource
from .report import EMPTY, HERE_ALREADY, IN_TRASH, NOT_JSON, NOT_THERE, RING_CUT, UNKNOWN, ImportReport
from .source import Find, ImportSource, open_source
from .threads import threads_of


class Importer(Protocol):
    def recognises(self, entry: dict[str, Any]) -> bool: ...

    def read(self, entry: dict[str, Any], find: Find) -> Chat: ...


IMPORTERS = cast(tuple[Importer, ...], (chatgpt, claude, openwebui, librechat))


def import_file(
    data_dir: Path,
    path: Path,
    owner: str,
    *,
    dry_run: bool = False,
    report: ImportReport | None = None,
    should_stop: Callable[[], bool] = lambda: False,
    progress: Progress = lambda done, total: None,
    label: str = "",
) -> ImportReport:
    """A JSON file, a zip or a folder. `dry_run` counts and writes nothing. `report` is filled on the way, for
    whoever looks on; `should_stop` is asked before each conversation; `label`: what to call a single file.
    Raises ImportRefusedError where the whole cannot be read, StorageError where it cannot be written."""
    source = open_source(path, label)
    try:
        watched = WatchedSource(source, progress)
        run = _Run(store_in(data_dir), AttachmentStore(data_dir), source, owner, dry_run)
        run.report = report or run.report
        run.should_stop = should_stop
        for document in source.documents:
            if not run.report.stopped:
                run.take_document(document, watched)
        for name, reason in source.unread:
            run.report.skip(name, reason)
        watched.end()
        return run.report
    finally:
        source.close()


class _Run:
    def __init__(
        self, store: Store, attachments: AttachmentStore, source: ImportSource, owner: str, dry_run: bool
    ) -> None:
        self.report = ImportReport()
        self.should_stop: Callable[[], bool] = lambda: False
        self._store = store
        self._attachments = attachments
        self._source = source
        self._owner = owner
        self._owns = ownership_check(owner)
        self._dry_run = dry_run
        self._kept: set[str] = set()
        self._made: set[str] = set()
        self._endings: dict[str, str | Promise] | None = None

    def take_document(self, document: Entry, watched: WatchedSource) -> None:
        lines: list[dict[str, Any]] = []
        try:
            for entry in entries_of(watched.open(document)):
                if self.should_stop():
                    self.report.stopped = True
                    return
                if not isinstance(entry, dict):
                    self._pass_over(document, "", entry)
                elif read_text(entry.get("type")) and "at" in entry:
                    # A file of our own: its lines belong together.
                    if entry["type"] == "conversation":
                        self._take_lines(lines)
                        lines = []
                    lines.append(entry)
                else:
                    self._take_entry(document, entry)
        except SourceEntryError as error:
            self.report.skip(document.name, error.reason)
        self._take_lines(lines)

    def _pass_over(self, document: Entry, title: str, reason: str | Promise) -> None:
        expected = reason in (UNKNOWN, NOT_JSON) and self._source.is_companion(document)
        if not expected:
            self.report.skip(title or document.name, reason)

    def _take_lines(self, lines: list[dict[str, Any]]) -> None:
        if lines:
            self._take_own(lines[0], lambda: divan.records_for_owner(lines, self._owner))

    def _take_entry(self, document: Entry, entry: dict[str, Any]) -> None:
        if divan.recognises(entry):
            self._take_own(entry, lambda: divan.read(entry, self._owner))
            return
        importer = next((one for one in IMPORTERS if one.recognises(entry)), None)
        if importer is None:
            self._pass_over(document, read_text(entry.get("title")) or read_text(entry.get("name")), UNKNOWN)
            return
        self._take_chat(importer.read(entry, self._source.find), document)

    def _take_chat(self, chat: Chat, document: Entry) -> None:
        label = chat.title or chat.key
        ending = ending_of_chat(chat, self._owner)
        if (reason := self._places().get(ending)) is not None:
            self.report.skip(label, reason)
            return
        threads = threads_of(chat)
        if not threads.nodes:
            self.report.skip(label, EMPTY)
            return
        kept: list[bytes] = []

        def keep(data: bytes) -> Attachment:
            kept.append(data)
            return Attachment(AttachmentStore.name(data), detect_type(data), len(data))

        began = began_at(chat, document.changed_at)
        if not self._make(label, records_of(chat, threads, self._owner, began, keep), kept):
            return
        self._places()[ending] = HERE_ALREADY
        if threads.cut:
            self.report.mended.append((label, str(RING_CUT)))

    def _places(self) -> dict[str, str | Promise]:
        """Where a conversation is, by the ending of its id."""
        if self._endings is None:
            self._endings = {one.rpartition("-")[2]: IN_TRASH for one in self._store.trashed.ids()}
            self._endings.update((one.rpartition("-")[2], HERE_ALREADY) for one in self._store.ids())
        return self._endings

    def _take_own(self, entry: dict[str, Any], read: Callable[[], list[Record]]) -> None:
        label = read_text(entry.get("id"))
        try:
            records = read()
        except InvalidRecordError as error:
            self.report.skip(label, str(error))
            return
        first = cast(ConversationRecord, records[0])
        if self._store.exists(first["id"]):
            other = self._store.open(first["id"]).tree.conversation
            if other is not None and owner_of(other) != self._owner:
                records = divan.copy_for_owner(records, self._owner)
        attached = {AttachmentStore.name(data): data for data in divan.read_attachments(entry)}
        records, left_out = keep_own(records, set(attached), self._owns)
        if self._make(label, records, attached.values()) and left_out:
            self.report.mended.append((label, str(NOT_THERE)))

    def _make(self, label: str, records: list[Record], attached: Iterable[bytes]) -> bool:
        """Whether it was made, or would be."""
        first = cast(ConversationRecord, records[0])
        conversation = first["id"]
        if self._store.exists(conversation) or conversation in self._made:
            self.report.skip(label, HERE_ALREADY)
            return False
        if self._store.trashed.holds(conversation):
            self.report.skip(label, IN_TRASH)
            return False
        for data in attached:
            self._keep(data)
        if not self._dry_run:
            try:
                self._store.create(first, *records[1:])
            except (ConversationExistsError, InvalidRecordError) as error:
                self.report.skip(label, str(error))
                return False
            index_conversation(self._store, conversation)
        self._made.add(conversation)
        self.report.ids.append(conversation)
        self.report.messages += sum(1 for record in records if record["type"] == "message")
        return True

    def _keep(self, data: bytes) -> None:
        sha256 = AttachmentStore.name(data)
        if sha256 not in self._kept:
            self._kept.add(sha256)
            self.report.attachments += 1
            if not self._dry_run:
                self._attachments.add(data)
