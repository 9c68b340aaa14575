"""What can go wrong with the files of conversations.

StoreError
  ├─ InvalidIdError              not the shape of an id; nothing was touched
  ├─ InvalidRecordError          cannot be written as one line of JSON, or lacks what its type needs
  ├─ InvalidCursorError          an offset that is no record's end
  ├─ ConversationNotFoundError   no such file
  ├─ ConversationExistsError     a file of that id is there already
  ├─ MessageExistsError          a message of that id is in the file already
  ├─ OvertakenError              a message came in before one that was to follow what was there
  ├─ ConversationDamagedError    the file is read-only until a person has looked at it
  ├─ SetNotFoundError            no such test set
  ├─ RunNotFoundError            no such run of a test set
  ├─ RunTakenError               another process does that run by now
  └─ StorageError                the system refused: disk full, no permission, I/O error
       ├─ DeclaredDeadError      this process stood still, or was cut off, and another ended its answers; it
       │                         is a new one from then on, and may try again
       ├─ StorageAwayError       the database that keeps conversations does not answer, or was restarted
       ├─ TemporaryAwayError     Redis, where temporary conversations are, does not answer
       └─ AttachmentsAwayError   where attachments are kept does not answer, refuses, or has no room
"""


class StoreError(Exception):
    """The message is for logs and names ids, never what a conversation says."""


class InvalidIdError(StoreError):
    pass


class InvalidRecordError(StoreError):
    pass


class InvalidCursorError(StoreError):
    pass


class ConversationNotFoundError(StoreError):
    pass


class ConversationExistsError(StoreError):
    pass


class MessageExistsError(StoreError):
    pass


class OvertakenError(StoreError):
    pass


class ConversationDamagedError(StoreError):
    pass


class SetNotFoundError(StoreError):
    pass


class RunNotFoundError(StoreError):
    pass


class RunTakenError(StoreError):
    pass


class StorageError(StoreError):
    """The store could not be read or written; `__cause__` is the OSError."""


class DeclaredDeadError(StorageError):
    pass


class StorageAwayError(StorageError):
    pass


class TemporaryAwayError(StorageError):
    pass


class AttachmentsAwayError(StorageError):
    pass
