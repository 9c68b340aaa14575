from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from conversations.backup import restore_backup
from conversations.errors import StoreError
from conversations.progress import Bar


class Command(BaseCommand):
    help = "Puts a backup back, after all of it was verified. Stop the server first."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("path", type=Path, metavar="PATH")

    def handle(self, *args: Any, **options: Any) -> None:
        progress = Bar(self.stderr, "Unpacking")
        try:
            aside = restore_backup(settings.DATA_DIR, options["path"].resolve(), progress)
        except StoreError as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"Restored from {options['path']}.")
        if aside is not None:
            self.stdout.write(f"What was there before is in {aside}.")
