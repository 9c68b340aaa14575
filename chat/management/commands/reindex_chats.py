from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from chat.people.reconciliation import bring_together
from conversations.index.indexing import reindex_all
from conversations.progress import Bar
from conversations.store.choice import current_store


class Command(BaseCommand):
    help = (
        "Builds the list, the search and the metrics anew from the conversations' files, and takes in what "
        "belongs to people (memory, prompts, personas, documents, links, spending) from theirs."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--changed", action="store_true", help="only files that changed since")

    def handle(self, *args: Any, **options: Any) -> None:
        # What a killed server left becomes part of its conversation first.
        current_store().journals.recover_all()
        report = reindex_all(progress=Bar(self.stderr, "Reading"), changed_only=options["changed"])
        self.stdout.write(f"{report.conversations} conversations indexed, {report.removed} removed.")
        people = bring_together(files_win=True)
        if people.rows:
            self.stdout.write(f"{people.rows} things that belong to people taken in.")
        missing = [
            (report.failed, "could not be read"),
            (report.damaged, "damaged, indexed as far as they can be read"),
        ]
        told = [f"{len(ids)} {what}: {', '.join(ids)}" for ids, what in missing if ids] + people.problems
        if told:
            raise CommandError("; ".join(told))
