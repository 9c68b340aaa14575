"""Keeps keys at rest: a text field that the database holds encrypted.

The encryption keys are a list. The first encrypts, all of them decrypt, so a new one is put in front and
the rows are written again (`manage.py rotate_keys`). They come from ENCRYPTION_KEYS (comma separated
Fernet keys), else from `DATA_DIR/encryption_keys`, one a line, made at first use and readable by its
owner alone. Whoever restores a database without them gets rows whose keys must be typed again.

The library is imported by what encrypts and decrypts: eight megabytes that a server without keys of its own
in the database does not need.
"""

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.apps import apps
from django.conf import settings
from django.db import models

from providers.types import Secret

if TYPE_CHECKING:
    from cryptography.fernet import MultiFernet

KEY_FILE = "encryption_keys"


class UnreadableSecret(Secret):
    """Stands for a value that none of the keys decrypts: empty to whoever reads it, and written back
    as it was, so that it comes to life again when the missing key returns."""

    __slots__ = ("token",)

    def __init__(self, token: str) -> None:
        super().__init__("")
        self.token = token


def key_path() -> Path:
    return Path(settings.DATA_DIR) / KEY_FILE


def keys_from_environment() -> list[str]:
    listed: str = getattr(settings, "ENCRYPTION_KEYS", "") or os.environ.get("ENCRYPTION_KEYS", "")
    return [key.strip() for key in listed.split(",") if key.strip()]


def write_keys(keys: list[str]) -> None:
    """Replaces the key file in one step: a reader sees the old list or the new one."""
    path = key_path()
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    handle, fresh = tempfile.mkstemp(dir=path.parent, prefix=f"{KEY_FILE}.")
    with os.fdopen(handle, "w") as file:
        file.write("".join(f"{key}\n" for key in keys))
        file.flush()
        os.fsync(file.fileno())
    Path(fresh).replace(path)


def load_keys() -> list[str]:
    """The keys in force, newest first. Two processes that start together agree on one made key."""
    if named := keys_from_environment():
        return named
    path = key_path()
    if not path.exists():
        from cryptography.fernet import Fernet

        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        handle, fresh = tempfile.mkstemp(dir=path.parent, prefix=f"{KEY_FILE}.")
        with os.fdopen(handle, "w") as file:
            file.write(f"{Fernet.generate_key().decode()}\n")
        try:
            os.link(fresh, path)
        except FileExistsError:
            pass
        finally:
            Path(fresh).unlink()
    return read_keys(path)


def read_keys(path: Path) -> list[str]:
    return path.read_text(encoding="ascii", errors="replace").split()


def find_damage(keys: list[str]) -> bool:
    """Whether none is there, or one of them is no key."""
    from cryptography.fernet import Fernet

    try:
        return not [Fernet(key) for key in keys]
    except ValueError:
        return True


def make_cipher() -> "MultiFernet":
    """ValueError where a key is not 32 bytes in URL-safe base64."""
    from cryptography.fernet import Fernet, MultiFernet

    return MultiFernet([Fernet(key) for key in load_keys()])


def encrypt(text: str) -> str:
    return make_cipher().encrypt(text.encode()).decode() if text else ""


def decrypt(token: str) -> Secret:
    if not token:
        return Secret()
    from cryptography.fernet import InvalidToken

    try:
        return Secret(make_cipher().decrypt(token.encode()).decode())
    except (InvalidToken, ValueError):
        return UnreadableSecret(token)


class EncryptedTextField(models.TextField):  # type: ignore[type-arg]
    """A `Secret` in Python, a Fernet token in the database. Never looked up by value, never in a
    serialised fixture."""

    def from_db_value(self, value: str | None, *_: object) -> Secret:
        return decrypt(value or "")

    def to_python(self, value: Any) -> Secret:
        return value if isinstance(value, Secret) else Secret(value or "")

    def get_prep_value(self, value: Any) -> str:
        if isinstance(value, UnreadableSecret):
            return value.token
        return encrypt(value.reveal() if isinstance(value, Secret) else value or "")

    def to_backup(self, value: Any) -> str:
        """As it stands in the database: of no use without the keys, which a backup holds only where asked."""
        return self.get_prep_value(value)

    def from_backup(self, token: str) -> Secret:
        return UnreadableSecret(token) if token else Secret()

    def value_to_string(self, obj: models.Model) -> str:
        return ""


def kept_models() -> Iterator[tuple[type[models.Model], list[str]]]:
    """Every model that keeps something encrypted, with the names of those fields."""
    for model in apps.get_models():
        fields = [field.name for field in model._meta.fields if isinstance(field, EncryptedTextField)]
        if fields:
            yield model, fields


def timestamp_fields(model: type[models.Model]) -> list[str]:
    """The fields that say when a row was written last."""
    return [field.name for field in model._meta.fields if getattr(field, "auto_now", False)]
