import sys
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from providers.configuration.rows import get_rows
from providers.configuration.transfer import export_text


class Command(BaseCommand):
    help = "Writes servers and models to one TOML file, without keys."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", help="'-' writes to the terminal.")

    def handle(self, *_: Any, **options: Any) -> None:
        get_rows()
        text = export_text()
        if options["file"] == "-":
            self.stdout.write(text, ending="")
            return
        Path(options["file"]).write_text(text, encoding="utf-8")
        if sys.stdout.isatty():
            self.stdout.write(f"Written to {options['file']}.")
