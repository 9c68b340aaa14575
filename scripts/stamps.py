"""Stamp files: what a step was made from, so that it is done again only when that changed."""

import hashlib
import os
from collections.abc import Iterable
from pathlib import Path

from scripts.console import ROOT


def digest_of(paths: Iterable[Path], *more: str) -> str:
    """One hash for the names and contents of `paths` (folders are walked), whatever their times and
    wherever the project's folder lies."""
    total = hashlib.sha256()
    for file in sorted(file for path in paths for file in files_in(path)):
        content = hashlib.sha256(file.read_bytes()).hexdigest()
        total.update(f"{os.path.relpath(file, ROOT)} {content}\n".encode())
    for text in more:
        total.update(f"{text}\n".encode())
    return total.hexdigest()


def files_in(path: Path) -> list[Path]:
    if path.is_dir():
        return [file for file in path.rglob("*") if file.is_file()]
    return [path] if path.is_file() else []


def is_current(stamp: Path, digest: str) -> bool:
    return stamp.is_file() and stamp.read_text() == digest


def write_stamp(stamp: Path, digest: str) -> None:
    stamp.parent.mkdir(parents=True, exist_ok=True)
    stamp.write_text(digest)
