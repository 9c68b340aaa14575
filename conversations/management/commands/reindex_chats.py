from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from conversations.files.journal import recover_all
from conversations.files.store import FileStore
from conversations.index.indexing import reindex
from conversations.progress import Bar


class Command(BaseCommand):
    help = "Builds the list, the search and the metrics anew from the conversations' files."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--changed", action="store_true", help="only files that changed since")

    def handle(self, *args: Any, **options: Any) -> None:
        # What a killed server left becomes part of its conversation first.
        recover_all(FileStore(settings.DATA_DIR))
        report = reindex(progress=Bar(self.stderr, "Reading"), changed_only=options["changed"])
        self.stdout.write(f"{report.conversations} conversations indexed, {report.removed} removed.")
        missing = [
            (report.failed, "could not be read"),
            (report.damaged, "damaged, indexed as far as they can be read"),
        ]
        told = [f"{len(ids)} {what}: {', '.join(ids)}" for ids, what in missing if ids]
        if told:
            raise CommandError("; ".join(told))
