from datetime import timedelta
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from conversations.attachments import AttachmentStore
from conversations.errors import StoreError
from conversations.purge import purge_files
from conversations.store.base import TRASH_KEPT
from conversations.store.choice import current_store


class Command(BaseCommand):
    help = (
        "Removes for ever what has been in the trash for 30 days, and attachments that nothing names. "
        "A server does it by itself, once a day."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--days", type=int, default=TRASH_KEPT.days, help="another age (0: all)")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["days"] < 0:
            raise CommandError("--days cannot be less than 0")
        try:
            purged = purge_files(
                current_store(), AttachmentStore(settings.DATA_DIR), timedelta(days=options["days"])
            )
        except StoreError as error:
            raise CommandError(str(error)) from error
        self.stdout.write(
            f"{len(purged.conversations)} conversations and {len(purged.attachments)} attachments "
            "removed for ever."
        )
