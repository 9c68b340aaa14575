from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from chat.actions.account_deletion import delete_account
from chat.people.disposal import Fate
from core.accounts import find_owner, name_of, user_of

DONE = {
    Fate.HAND_OVER: "handed over to {heir}",
    Fate.KEEP: "kept for the administrator",
    Fate.REMOVE: "removed for good",
}


class Command(BaseCommand):
    help = (
        "Deletes an account, with its sessions, tokens and links, and settles what becomes of its data. Of "
        "an owner without an account (an id, 'local', a name in older files) the same with what is there."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("user", help="a name or an id")
        fate = parser.add_mutually_exclusive_group(required=True)
        fate.add_argument("--hand-over-to", metavar="USER", help="another has it from now on")
        fate.add_argument("--keep", action="store_true", help="it stays where it is, the administrator's")
        fate.add_argument("--remove", action="store_true", help="nothing of it stays")

    def handle(self, *args: Any, user: str, **options: Any) -> None:
        if settings.AUTH_MODE == "local":
            raise CommandError("With AUTH_MODE=local everything is the one user's.")
        owner = find_owner(user) or user
        heir = find_owner(options["hand_over_to"]) if options["hand_over_to"] else ""
        if heir is None or (heir and user_of(heir) is None) or heir == owner:
            raise CommandError(f"There is no other user named {options['hand_over_to']}.")
        fate = Fate.HAND_OVER if heir else Fate.KEEP if options["keep"] else Fate.REMOVE
        report = delete_account(owner, fate, heir)
        counts = [f"{count} {name.replace('_', ' ')}" for name, count in report.counts().items() if count]
        outcome = DONE[fate].format(heir=name_of(heir))
        self.stdout.write(f"{user} ({owner}): {', '.join(counts) or 'nothing'}; {outcome}.")
        if report.failed:
            raise CommandError("; ".join(report.failed))
