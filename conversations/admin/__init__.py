"""The index in the admin, to look at: the files are the truth. No message text in lists.

columns.py         what the pages share: read-only, figures, and dates of many rows
conversations.py   conversations, with export and reindexing
responses.py       answers
raw.py             a look at a file, secrets hidden
storage.py         who keeps how much
"""

from .conversations import ConversationAdmin
from .responses import ResponseAdmin

__all__ = ["ConversationAdmin", "ResponseAdmin"]
