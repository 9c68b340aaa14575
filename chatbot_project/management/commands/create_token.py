from argparse import ArgumentParser
from typing import Any

from django.contrib.auth import get_user_model
from django.core.management.base import BaseCommand, CommandError

from chatbot_project.models import ApiToken


class Command(BaseCommand):
    help = "Makes an API token for a user and prints it, once."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("user")

    def handle(self, *args: Any, user: str, **options: Any) -> None:
        found = get_user_model().objects.filter(username=user).first()
        if found is None:
            raise CommandError(f"There is no user named {user}.")
        self.stdout.write(ApiToken.make(found))
