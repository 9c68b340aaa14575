"""Where the files of conversations lie, and under which names.

    DATA_DIR/conversations/<id>.jsonl     a conversation
    DATA_DIR/conversations/<id>.live/     journals of its answers that stream (journals.py)
    DATA_DIR/conversations/<id>.torn-<n>  torn ends of it that were set aside
    DATA_DIR/trash/                       all of these, for 30 days
    DATA_DIR/testsets/                    test sets and their runs (testsets.py)

Every id is checked before it becomes a path. What is done to one conversation costs the same however many
others there are.
"""

import os
from collections.abc import Iterator
from itertools import count
from pathlib import Path

from conversations.ids import check_conversation_id, is_conversation_id


class Folders:
    def __init__(self, data_dir: Path) -> None:
        self.data = data_dir
        self.conversations = data_dir / "conversations"
        self.trash = data_dir / "trash"
        self.testsets = data_dir / "testsets"

    def path(self, conversation: str) -> Path:
        """Raises InvalidIdError. The file need not be there."""
        return path_of(self.conversations, conversation, ".jsonl")

    def trashed_path(self, conversation: str) -> Path:
        return path_of(self.trash, conversation, ".jsonl")

    def journal_folder(self, conversation: str) -> Path:
        return path_of(self.conversations, conversation, ".live")


def path_of(folder: Path, conversation: str, suffix: str) -> Path:
    return folder / f"{check_conversation_id(conversation)}{suffix}"


def files_in(folder: Path) -> Iterator[tuple[str, "os.DirEntry[str]"]]:
    """Ids, and their files, in no order."""
    try:
        entries = os.scandir(folder)
    except FileNotFoundError:
        return
    with entries:
        for entry in entries:
            name, dot, suffix = entry.name.partition(".")
            if dot and suffix == "jsonl" and is_conversation_id(name):
                yield name, entry


def files_beside(folder: Path, conversation: str) -> Iterator[Path]:
    """Journals and torn ends, found by their names: to look through the folder takes longer the more
    conversations there are."""
    live = folder / f"{conversation}.live"
    if live.exists():
        yield live
    for number in count(1):
        torn = folder / f"{conversation}.torn-{number}"
        if not torn.exists():
            return
        yield torn


def free_name(wanted: Path) -> Path | None:
    """A torn end that is there already keeps its number. None: of journals there is one folder."""
    if not wanted.exists():
        return wanted
    if wanted.suffix == ".live":
        return None
    torn = (wanted.with_suffix(f".torn-{number}") for number in count(1))
    return next(path for path in torn if not path.exists())
