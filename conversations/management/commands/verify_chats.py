from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from conversations.attachments import AttachmentStore
from conversations.progress import Bar
from conversations.store.choice import current_store
from conversations.verify import Problem, find_strays, verify_conversation


class Command(BaseCommand):
    help = "Checks the conversations' files. Says what is wrong, changes nothing; fails if anything is."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("ids", nargs="*", metavar="ID", help="only these; otherwise all")

    def handle(self, *args: Any, **options: Any) -> None:
        store = current_store()
        attachments = AttachmentStore(settings.DATA_DIR)
        ids = options["ids"] or list(store.ids())
        progress = Bar(self.stderr, "Checking")
        problems: list[Problem] = [] if options["ids"] else list(find_strays(store))
        for done, conversation in enumerate(ids, 1):
            problems += verify_conversation(store, attachments, conversation)
            progress(done, len(ids))
        for problem in problems:
            self.stdout.write(str(problem))
        wrong = sum(not problem.harmless for problem in problems)
        if wrong:
            raise CommandError(f"{wrong} problems in {len(ids)} conversations")
        self.stdout.write(f"{len(ids)} conversations, all well.")
