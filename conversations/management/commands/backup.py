from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from conversations.backup import backup
from conversations.errors import StoreError
from conversations.progress import Bar


class Command(BaseCommand):
    help = "Packs conversations, attachments, trash, the secret key and the database into one zip."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("path", type=Path, metavar="PATH", help="the zip; it must not be there yet")

    def handle(self, *args: Any, **options: Any) -> None:
        progress = Bar(self.stderr, "Packing")  # type: ignore[arg-type]
        try:
            count = backup(settings.DATA_DIR, options["path"].resolve(), progress)
        except (StoreError, OSError) as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"{count} files in {options['path']}. It holds keys: keep it safe.")
