import os
import secrets
from pathlib import Path


def load_or_make_secret_key(path: Path) -> str:
    """The key in `path`, made at the first start. The file is readable by its owner alone (0600).

    Two processes that start together agree on one key: the first to create the file wins.
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
    return path.read_text().strip()
