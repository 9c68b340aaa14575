"""Conversations that were deleted, in a folder of their own."""

import shutil
from collections.abc import Iterator
from contextlib import AbstractContextManager

from conversations import signals
from conversations.files.content import FileContent, opened
from conversations.files.folders import Folders, files_beside, files_in
from conversations.files.locked import locked, naming_storage_errors
from conversations.store.conversation import ConversationFile


class FileTrash:
    """The `Trash` of conversations that are files: a folder."""

    def __init__(self, folders: Folders) -> None:
        self._folders = folders

    def ids(self) -> Iterator[str]:
        return iter(sorted(name for name, _ in files_in(self._folders.trash)))

    def holds(self, conversation: str) -> bool:
        return self._folders.trashed_path(conversation).is_file()

    def open(self, conversation: str) -> ConversationFile:
        path = self._folders.trashed_path(conversation)
        return ConversationFile(conversation, lambda _since: opened(path), lambda: locked(path))

    def reading(self, conversation: str, since: int = 0) -> AbstractContextManager[FileContent]:
        return opened(self._folders.trashed_path(conversation))

    def trashed_at(self, conversation: str) -> float:
        with naming_storage_errors(conversation):
            return self._folders.trashed_path(conversation).stat().st_mtime

    def purge(self, conversation: str) -> None:
        path = self._folders.trashed_path(conversation)
        with locked(path), naming_storage_errors(conversation):
            path.unlink()
            for beside in files_beside(self._folders.trash, conversation):
                shutil.rmtree(beside) if beside.is_dir() else beside.unlink()
        signals.purged.send_robust(type(self), conversation=conversation)
