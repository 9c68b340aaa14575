from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from conversations.attachments import AttachmentStore
from conversations.export import FORMATS, Document
from conversations.export.archive import documents, zipped
from conversations.index import reindex
from conversations.models import Conversation
from conversations.moments import moment
from conversations.progress import Bar
from conversations.search import Filters
from conversations.store import FileStore


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
        found = documents(
            store,
            ids,
            options["format"],
            "path" if options["path"] else "all",
            failed=failed,
            progress=Bar(self.stderr, "Writing"),
        )
        try:
            written = to_zip(output, found, failed) if output.suffix == ".zip" else to_folder(output, found)
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


def to_zip(output: Path, found: Iterator[Document], failed: list[str]) -> int:
    counted = Counted(found)
    with output.open("wb") as file:
        for block in zipped(counted, AttachmentStore(settings.DATA_DIR), failed):
            file.write(block)
    return counted.count


class Counted:
    def __init__(self, found: Iterator[Document]) -> None:
        self._found = found
        self.count = 0

    def __iter__(self) -> Iterator[Document]:
        for document in self._found:
            self.count += 1
            yield document
