from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from conversations.backup import write_backup
from conversations.errors import StoreError
from conversations.progress import Bar


class Command(BaseCommand):
    help = "Packs conversations, attachments, trash, the secret key and the database into one zip."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("path", type=Path, metavar="PATH", help="the zip; it must not be there yet")
        parser.add_argument(
            "--keys",
            action="store_true",
            help="with encryption_keys, which open keys of model services, and mcp.json, which holds keys",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        progress = Bar(self.stderr, "Packing")
        try:
            target = options["path"].resolve()
            count = write_backup(settings.DATA_DIR, target, progress, with_keys=options["keys"])
        except StoreError as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"{count} files in {options['path']}. It holds keys: keep it safe.")
        if not options["keys"]:
            self.stdout.write(
                "encryption_keys is not among them: without it the keys of model services stay closed. "
                "Nor is mcp.json: it may hold keys of tool servers."
            )
