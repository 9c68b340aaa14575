"""What was made of a file lies beside it, as <its name>.<something>, and goes with it. It can be made anew:
one that is missing, torn or of an older version counts as not there."""

import logging
import secrets
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import orjson

log = logging.getLogger(__name__)


def path_beside(path: Path, what: str) -> Path:
    return path.with_name(f"{path.name}.{what}")


def read_kept(path: Path, version: int) -> Mapping[str, Any] | None:
    try:
        found = orjson.loads(path.read_bytes())
    except (OSError, orjson.JSONDecodeError):
        return None
    return found if isinstance(found, dict) and found.get("version") == version else None


def write_kept(path: Path, version: int, values: Mapping[str, Any]) -> None:
    """Whole or not at all. Where the disk is full it is made again the next time."""
    write_kept_bytes(path, orjson.dumps({"version": version, **values}))


def write_kept_bytes(path: Path, data: bytes) -> None:
    draft = path.with_name(f".{secrets.token_hex(8)}")
    try:
        draft.touch(0o600, exist_ok=False)
        draft.write_bytes(data)
        draft.replace(path)
    except OSError as error:
        log.warning("what was read of a file could not be kept: %s", error.strerror)
    finally:
        draft.unlink(missing_ok=True)
