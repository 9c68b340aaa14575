from typing import Any

from cryptography.fernet import Fernet
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction

from providers import crypto
from providers.crypto import UnreadableSecret


class Command(BaseCommand):
    help = (
        "Encrypts the kept keys of model servers, tool servers and web search anew: under a new key, or, "
        "where ENCRYPTION_KEYS is set, under its first."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--print", action="store_true", help="Only print a new key for ENCRYPTION_KEYS.")

    def handle(self, *_: Any, **options: Any) -> None:
        if options["print"]:
            self.stdout.write(Fernet.generate_key().decode())
            return
        named = crypto.keys_from_environment()
        if not named:
            crypto.write_keys([Fernet.generate_key().decode(), *crypto.load_keys()])
        lost: list[str] = []
        with transaction.atomic():
            for model, fields in crypto.kept_models():
                for row in model._default_manager.select_for_update():
                    if any(isinstance(getattr(row, name), UnreadableSecret) for name in fields):
                        lost.append(str(row))
                    row.save(update_fields=[*fields, *crypto.timestamp_fields(model)])
        if lost:
            raise CommandError(
                f"No key decrypts what {', '.join(lost)} keeps. Enter those keys again; "
                "the old encryption keys stay."
            )
        if not named:
            crypto.write_keys(crypto.load_keys()[:1])
        self.stdout.write("All kept keys are encrypted under the newest encryption key.")
