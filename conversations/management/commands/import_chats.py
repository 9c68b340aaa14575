from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from conversations.errors import StoreError
from conversations.importers import import_file
from conversations.progress import Bar
from core.accounts import find_owner
from core.owners import LOCAL

NAMED = 50
"""At most so many of what could not be taken are named in the error."""


class Command(BaseCommand):
    help = "Takes in what ChatGPT, Claude, Open WebUI, LibreChat or Divan exported: a file, zip or folder."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path, metavar="FILE")
        parser.add_argument("--dry-run", action="store_true", help="only count")
        parser.add_argument("--owner", default="", help="whose they become, by name or id; else you")

    def handle(self, *args: Any, **options: Any) -> None:
        named = options["owner"] or (LOCAL if settings.AUTH_MODE == "local" else "")
        if not named:
            raise CommandError("--owner says whose the conversations become")
        owner = find_owner(named)
        if owner is None:
            raise CommandError(f"there is no user {named}")
        try:
            report = import_file(
                settings.DATA_DIR,
                options["file"],
                owner,
                dry_run=options["dry_run"],
                progress=Bar(self.stderr, "Reading"),
            )
        except StoreError as error:
            raise CommandError(str(error)) from error
        would, not_ = ("would be ", "would not be") if options["dry_run"] else ("", "not")
        self.stdout.write(
            f"{report.conversations} conversations with {report.messages} messages and "
            f"{report.attachments} attachments {would}imported."
        )
        for reason, count in sorted(report.reasons().items()):
            self.stdout.write(f"{count} skipped: {reason}.")
        for what, how in report.mended:
            self.stdout.write(f"{what}: {how}")
        if report.lost:
            named = "; ".join(f"{what} ({reason})" for what, reason in list(report.unread)[:NAMED])
            raise CommandError(f"{report.lost} of {options['file'].name} {not_} imported: {named}")
        if not report.conversations and not report.skipped:
            raise CommandError(f"{options['file'].name} holds no conversation")
