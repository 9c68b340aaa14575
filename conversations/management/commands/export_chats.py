from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, cast

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from conversations.attachments import AttachmentStore
from conversations.errors import InvalidRecordError, StoreError
from conversations.export import FORMATS, ExportDocument
from conversations.export.archive import export_documents, zip_documents
from conversations.index.indexing import reindex_all
from conversations.models import Conversation
from conversations.progress import Bar
from conversations.search import Filters
from conversations.store.base import Store
from conversations.store.choice import current_store
from conversations.store.content import first_line
from conversations.store.lines import decode_record
from core.accounts import find_owner
from core.owners import resolve_owner
from core.times import parse_end, parse_moment

WHERE = "a folder, a .zip, a file (.md, .html, .json, .jsonl, .txt), or - for what is printed"
SUFFIXES = {"markdown", *(chosen.suffix for chosen in FORMATS.values())}


class Command(BaseCommand):
    help = (
        "Writes conversations as documents: into a folder, into one .zip, or one after the other into a file."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("ids", nargs="*", metavar="ID", help="only these; otherwise all")
        parser.add_argument("--format", choices=sorted(FORMATS), default="markdown")
        parser.add_argument("--output", type=Path, required=True, metavar="PATH", help=WHERE)
        parser.add_argument("--path", action="store_true", help="only what is shown")
        parser.add_argument("--owner", default="", metavar="USER", help="a name or an id")
        parser.add_argument("--since", type=parse_moment, metavar="DATE", help="of the last message")
        parser.add_argument("--until", type=parse_end, metavar="DATE", help="that day included")
        parser.add_argument("--model", default="", metavar="REF")
        parser.add_argument("--folder")
        parser.add_argument(
            "--dry-run", action="store_true", help="only how many lines of training there would be"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        store = current_store()
        # What a killed server left is a part of its conversation.
        store.journals.recover_all()
        ids = options["ids"] or self.choose_ids(store, options)
        output: Path = options["output"]
        failed: list[str] = []
        found = export_documents(
            settings.DATA_DIR,
            ids,
            options["format"],
            "path" if options["path"] else "all",
            failed=failed,
            progress=Bar(self.stderr, "Writing"),
        )
        if options["dry_run"]:
            self.stdout.write(f"{count_lines(found)} lines. Nothing was written.")
            return
        if str(output) == "-":
            written = to_stream(lambda data: self.stdout.write(data.decode(), ending=""), found)
        elif output.suffix == ".zip":
            written = to_zip(output, found, failed)
        elif output.suffix.removeprefix(".") in SUFFIXES and not output.is_dir():
            written = to_file(output, found)
        else:
            written = to_folder(output, found)
        (self.stderr if str(output) == "-" else self.stdout).write(
            f"{written} conversations written to {output}."
        )
        if failed:
            raise CommandError("; ".join(failed))

    def choose_ids(self, store: Store, options: dict[str, Any]) -> list[str]:
        reindex_all(store, changed_only=True)
        filters = Filters(
            model=options["model"], since=options["since"], until=options["until"], folder=options["folder"]
        )
        rows = filters.narrow(Conversation.objects.all())
        ids: list[str] = sorted(rows.values_list("pk", flat=True))
        # Not the rows': with one user, all are theirs, whatever owner the files name.
        wanted = {options["owner"], find_owner(options["owner"])}
        return [one for one in ids if not options["owner"] or owner_named(store, one) in wanted]


def owner_named(store: Store, conversation: str) -> str | None:
    """The id of whom its file names, or the name that it says where no owner is known by it."""
    try:
        with store.reading(conversation) as content:
            said = cast(dict[str, object], decode_record(first_line(content))).get("owner")
    except (StoreError, InvalidRecordError):
        return None
    return resolve_owner(said) if isinstance(said, str) else None


def to_folder(output: Path, documents: Iterator[ExportDocument]) -> int:
    output.mkdir(parents=True, exist_ok=True)
    counted = Counted(kept_beside(output, documents))
    for document in counted:
        (output / document.unique_name).write_bytes(document.data)
    return counted.count


def kept_beside(folder: Path, documents: Iterator[ExportDocument]) -> Iterator[ExportDocument]:
    attachments = AttachmentStore(settings.DATA_DIR)
    for document in documents:
        for sha256 in document.attachments:
            data = attachments.read(sha256)
            if data is not None:
                (folder / "attachments").mkdir(exist_ok=True)
                (folder / "attachments" / sha256).write_bytes(data)
        yield document


def to_file(output: Path, documents: Iterator[ExportDocument]) -> int:
    """Attachments lie beside it, where its links lead."""
    with output.open("wb") as file:
        return to_stream(file.write, kept_beside(output.parent, documents))


def to_stream(write: Callable[[bytes], object], documents: Iterator[ExportDocument]) -> int:
    counted = Counted(documents)
    for document in counted:
        write(document.data)
    return counted.count


def to_zip(output: Path, found: Iterator[ExportDocument], failed: list[str]) -> int:
    counted = Counted(found)
    with output.open("wb") as file:
        for block in zip_documents(counted, AttachmentStore(settings.DATA_DIR), failed):
            file.write(block)
    return counted.count


def count_lines(found: Iterator[ExportDocument]) -> int:
    return sum(document.data.count(b"\n") for document in found)


class Counted:
    def __init__(self, found: Iterator[ExportDocument]) -> None:
        self._found = found
        self.count = 0

    def __iter__(self) -> Iterator[ExportDocument]:
        for document in self._found:
            self.count += 1
            yield document
