"""What a person may want to know of files beside what they say."""

import stat
from collections.abc import Iterator
from pathlib import Path

from conversations.files.folders import Folders
from conversations.ids import is_conversation_id
from core import disk


def find_remarks(folders: Folders, conversation: str) -> Iterator[str]:
    if _open_to_others(folders.path(conversation), disk.FILE_MODE):
        yield "can be read by other users of this machine"
    for kept in sorted(folders.conversations.glob(f"{conversation}.torn-*")):
        yield f"{kept.name} holds {kept.stat().st_size} bytes that were set aside"
    live = folders.journal_folder(conversation)
    if live.is_dir():
        count = sum(1 for path in live.iterdir() if path.suffix == ".jsonl")
        if count:
            yield f"{count} answers stream now or wait for recovery"


def find_strays(folders: Folders) -> Iterator[tuple[str, str]]:
    if not folders.conversations.is_dir():
        return
    for path in sorted(folders.conversations.iterdir()):
        conversation = path.name.partition(".")[0]
        if not is_conversation_id(conversation):
            yield path.name, "is no conversation (its name is no id)"
        elif not folders.path(conversation).is_file():
            yield path.name, f"belongs to {conversation}, which is not there"


def _open_to_others(path: Path, mode: int) -> bool:
    return bool(stat.S_IMODE(path.stat().st_mode) & ~mode & 0o077)
