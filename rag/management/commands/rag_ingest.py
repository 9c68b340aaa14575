import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from core.accounts import find_owner
from core.owners import LOCAL
from rag import access
from rag.errors import DocumentError
from rag.ingest import claim_document, ingest_document
from rag.messages import message_for
from rag.models import Document, Status

CHUNK = 1 << 20


class Command(BaseCommand):
    help = "Reads every file below a folder into a user's documents. Fails when one cannot be read."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("folder", type=Path)
        parser.add_argument("--owner", default=LOCAL, help="User name or id; default %(default)s.")
        parser.add_argument("--conversation", default="", help="Give them to this conversation alone.")

    def handle(self, *args: Any, folder: Path, owner: str, conversation: str, **options: Any) -> None:
        if not folder.is_dir():
            raise CommandError(f"{folder} is no folder.")
        found = find_owner(owner)
        if found is None:
            raise CommandError(f"There is no user named {owner}.")
        paths = sorted(files_below(folder))
        failed = 0
        for number, path in enumerate(paths, 1):
            self._show(number, len(paths), path)
            if reason := read(path, found, conversation):
                failed += 1
                self.stderr.write(f"{path}: {reason}")
        if self.stdout.isatty():
            self.stdout.write("\r\x1b[K", ending="")
        self.stdout.write(f"{len(paths) - failed} of {len(paths)} files are read.")
        if failed:
            raise CommandError(f"{failed} could not be read.")

    def _show(self, number: int, total: int, path: Path) -> None:
        if self.stdout.isatty():
            self.stdout.write(f"\r\x1b[K{number:,}/{total:,} {path.name}", ending="")
            self.stdout.flush()


def files_below(folder: Path) -> Iterator[Path]:
    """Without what is hidden, and without following links out of the folder."""
    for place, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in names:
            path = Path(place) / name
            if not name.startswith(".") and path.is_file() and not path.is_symlink():
                yield path


def read(path: Path, owner: str, conversation: str) -> str:
    """Why not; empty where it is read."""
    try:
        with path.open("rb") as file:
            chunks = iter(lambda: file.read(CHUNK), b"")
            added = access.add_document(owner, path.name, chunks, settings.MAX_UPLOAD_BYTES, conversation)
    except DocumentError as error:
        return message_for(error.code)
    except OSError as error:
        return str(error.strerror)
    if claim_document(added.document):
        ingest_document(added.document)
    document = Document.objects.get(pk=added.document.pk)
    return "" if document.status == Status.READY else message_for(document.error)
