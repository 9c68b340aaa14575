import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from conversations.attachments import AttachmentStore
from conversations.errors import StoreError
from conversations.export import FORMATS, Document, export
from conversations.index import reindex
from conversations.models import Conversation
from conversations.moments import moment
from conversations.progress import Bar
from conversations.search import Filters
from conversations.store import FileStore

# A zip holds no date before; one and the same date keeps archives of the same conversations equal.
EPOCH = (1980, 1, 1, 0, 0, 0)


class Command(BaseCommand):
    help = "Writes conversations as documents into a folder, or into one .zip."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("ids", nargs="*", metavar="ID", help="only these; otherwise all")
        parser.add_argument("--format", choices=sorted(FORMATS), default="markdown")
        parser.add_argument("--output", type=Path, required=True, metavar="PATH", help="a folder, or a .zip")
        parser.add_argument("--path", action="store_true", help="only what is shown")
        parser.add_argument("--owner", default="")
        parser.add_argument("--since", type=moment, metavar="DATE", help="of the last message")
        parser.add_argument("--until", type=moment, metavar="DATE")
        parser.add_argument("--model", default="", metavar="REF")
        parser.add_argument("--folder")

    def handle(self, *args: Any, **options: Any) -> None:
        store = FileStore(settings.DATA_DIR)
        ids = options["ids"] or self.chosen(store, options)
        output: Path = options["output"]
        failed: list[str] = []
        documents = self.documents(store, ids, options, failed)
        try:
            written = to_zip(output, documents) if output.suffix == ".zip" else to_folder(output, documents)
        except OSError as error:
            raise CommandError(f"could not write to {output}: {error.strerror}") from error
        self.stdout.write(f"{written} conversations written to {output}.")
        if failed:
            raise CommandError("; ".join(failed))

    def chosen(self, store: FileStore, options: dict[str, Any]) -> list[str]:
        reindex(store, changed_only=True)
        filters = Filters(
            model=options["model"], since=options["since"], until=options["until"], folder=options["folder"]
        )
        rows = filters.narrow(Conversation.objects.all())
        if options["owner"]:
            rows = rows.filter(owner=options["owner"])
        return sorted(rows.values_list("pk", flat=True))

    def documents(
        self, store: FileStore, ids: list[str], options: dict[str, Any], failed: list[str]
    ) -> Iterator[Document]:
        attachments = AttachmentStore(settings.DATA_DIR)
        progress = Bar(self.stderr, "Writing")  # type: ignore[arg-type]
        for done, conversation in enumerate(ids, 1):
            try:
                file = store.open(conversation)
                yield export(file, attachments, options["format"], "path" if options["path"] else "all")
            except StoreError as error:
                failed.append(str(error))
            progress(done, len(ids))


def to_folder(output: Path, documents: Iterator[Document]) -> int:
    output.mkdir(parents=True, exist_ok=True)
    attachments = AttachmentStore(settings.DATA_DIR)
    written = 0
    for document in documents:
        (output / document.name).write_bytes(document.data)
        written += 1
        for sha256 in document.attachments:
            data = attachments.read(sha256)
            if data is not None:
                (output / "attachments").mkdir(exist_ok=True)
                (output / "attachments" / sha256).write_bytes(data)
    return written


def to_zip(output: Path, documents: Iterator[Document]) -> int:
    attachments = AttachmentStore(settings.DATA_DIR)
    there: set[str] = set()
    written = 0
    with zipfile.ZipFile(output, "w", zipfile.ZIP_DEFLATED) as archive:
        for document in documents:
            archive.writestr(entry(document.name), document.data)
            written += 1
            for sha256 in document.attachments:
                data = attachments.read(sha256)
                if data is not None and sha256 not in there:
                    there.add(sha256)
                    archive.writestr(entry(f"attachments/{sha256}"), data)
    return written


def entry(name: str) -> zipfile.ZipInfo:
    found = zipfile.ZipInfo(name, EPOCH)
    found.compress_type = zipfile.ZIP_DEFLATED
    found.external_attr = 0o600 << 16
    return found
