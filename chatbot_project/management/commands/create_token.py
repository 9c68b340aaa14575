from argparse import ArgumentParser
from typing import Any

from django.contrib.auth import get_user_model
from django.core.management.base import BaseCommand, CommandError

from chatbot_project.models import ApiToken

LONGEST = 3650


class Command(BaseCommand):
    help = "Makes an API token for a user and prints it, once."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("user")
        parser.add_argument("--days", type=int, metavar="N", help="how long it works; if absent, for ever")
        parser.add_argument(
            "--outlives-password", action="store_true", help="it does not end when the password is changed"
        )

    def handle(self, *args: Any, user: str, days: int | None, **options: Any) -> None:
        found = get_user_model().objects.filter(username=user).first()
        if found is None:
            raise CommandError(f"There is no user named {user}.")
        if days is not None and not 1 <= days <= LONGEST:
            raise CommandError(f"--days is a number from 1 to {LONGEST}.")
        self.stdout.write(ApiToken.make(found, days=days, outlives_password=options["outlives_password"]))
