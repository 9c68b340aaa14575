from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from providers.configuration.rows import get_rows
from providers.configuration.transfer import TransferError, import_text


class Command(BaseCommand):
    help = "Reads servers and models from a file of export_models. All of it, or nothing."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file")
        parser.add_argument("--dry-run", action="store_true", help="Only say what would change.")

    def handle(self, *_: Any, **options: Any) -> None:
        get_rows()
        try:
            text = Path(options["file"]).read_text(encoding="utf-8")
        except UnicodeDecodeError as error:
            raise CommandError(f"{options['file']} is not UTF-8 text.") from error
        try:
            report = import_text(text, dry_run=options["dry_run"])
        except TransferError as error:
            raise CommandError(str(error)) from error
        verb = "Would change" if options["dry_run"] else "Changed"
        self.stdout.write(
            f"{verb}: servers {report.servers}, models {report.models}. As they were: {report.unchanged}."
        )
        if report.keyless:
            names = ", ".join(report.keyless)
            self.stdout.write(f"Without a key: {names}. Where one is needed, enter it in the admin.")
