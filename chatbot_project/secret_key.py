import os
import secrets
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured

SHORTEST = 32
"""Characters. A made key has 67; what is shorter was cut off, or never was one."""


def load_or_make_secret_key(path: Path) -> str:
    """The key in `path`, made at the first start. The file is readable by its owner alone (0600).

    Two processes that start together agree on one key: the first to create the file wins. Raises
    ImproperlyConfigured where the file holds no key.
    """
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    fresh = path.with_name(f"{path.name}.{os.getpid()}")
    if not path.exists():
        fresh.touch(mode=0o600)
        fresh.write_text(secrets.token_urlsafe(50))
        try:
            os.link(fresh, path)
        except FileExistsError:
            pass
        finally:
            fresh.unlink()
    key = path.read_text(encoding="ascii", errors="replace").strip()
    if len(key) < SHORTEST or not (key.isascii() and key.isprintable()):
        raise ImproperlyConfigured(
            f"{path} is {'damaged' if key else 'empty'}. Put it back from a backup, or remove it:"
            " then a new key is made, and everybody has to log in again."
        )
    return key
