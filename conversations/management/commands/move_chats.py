from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from conversations.errors import StoreError
from conversations.in_use import InUseError, serving
from conversations.moving import move_conversations
from conversations.progress import Bar
from conversations.store.choice import HOMES, home_named

RUNNING = "A server is running. Stop all of them first: what they answer meanwhile would not come along."


class Command(BaseCommand):
    help = (
        "Copies all conversations, and test sets with their runs, into the other home, compares them byte "
        "by byte, and leaves those that are there already. Stop all servers first, and set STORE to the new "
        "home afterwards."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--to", choices=HOMES, required=True, dest="target", help="the new home")
        parser.add_argument("--dry-run", action="store_true", help="only count and compare")

    def handle(self, *args: Any, **options: Any) -> None:
        name = options["target"]
        (other,) = (one for one in HOMES if one != name)
        try:
            with serving(settings.DATA_DIR, alone=True):
                source, target = home_named(other), home_named(name)
                if source.others_alive() or target.others_alive():
                    raise CommandError(RUNNING)
                dry_run = options["dry_run"]
                moved = move_conversations(
                    source, target, dry_run=dry_run, progress=Bar(self.stderr, "Copying")
                )
        except InUseError as error:
            raise CommandError(RUNNING) from error
        except StoreError as error:
            raise CommandError(str(error)) from error
        would = "would be copied" if options["dry_run"] else "copied, the same to the byte"
        self.stdout.write(
            f"{moved.copied} conversations ({moved.bytes:,} bytes) {would}; {moved.passed_over} were there."
        )
        if moved.testsets or moved.testsets_passed_over:
            self.stdout.write(
                f"{moved.testsets} test sets and {moved.runs} runs {would}; "
                f"{moved.testsets_passed_over} and {moved.runs_passed_over} were there."
            )
        for reason in moved.failed:
            self.stdout.write(reason)
        if moved.failed:
            raise CommandError(f"{len(moved.failed)} of them could not be copied.")
        if name != settings.STORE and not options["dry_run"]:
            self.stdout.write(f"Set STORE={name} before you start a server.")
