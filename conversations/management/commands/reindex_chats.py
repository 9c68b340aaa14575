from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from conversations.index import reindex
from conversations.progress import Bar


class Command(BaseCommand):
    help = "Builds the list, the search and the metrics anew from the conversations' files."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--changed", action="store_true", help="only files that changed since")

    def handle(self, *args: Any, **options: Any) -> None:
        report = reindex(progress=Bar(self.stderr, "Reading"), changed_only=options["changed"])
        self.stdout.write(f"{report.conversations} conversations indexed, {report.removed} removed.")
        for conversation in report.damaged:
            self.stderr.write(f"{conversation} is damaged; it is indexed as far as it can be read.")
        if report.failed:
            raise CommandError(f"could not read {', '.join(report.failed)}")
