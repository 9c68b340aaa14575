"""Where conversations are kept, whichever home they have.

choice.py         the home that this Divan was given: all who want a conversation begin here
homes.py          lasting conversations and temporary ones, for who does not mind which
base.py           what a home can do
changes.py        what a home tells of its changes to who keeps copies
content.py        a conversation's bytes as they stand at one moment, and its lines with their places
conversation.py   an open conversation
memory.py         a temporary one of one process alone: the same lines, in no home
shown_records.py  what a reader is shown of one that opens
lines.py          records as lines of bytes and back
journal_lines.py  the lines of an answer that streams as bytes and back
testsets.py       what a home does for test sets and their runs
interrupted.py    what a journal becomes whose process died
trash.py          a person's part of what was deleted and can be restored

The homes: conversations/files/, conversations/postgresql/; of temporary ones conversations/temporary/.
"""
