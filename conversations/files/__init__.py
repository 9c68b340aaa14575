"""The files of conversations: the truth of which everything else is an index.

store.py           the folder: making, opening, appending, trash
file.py            an open conversation
locked.py          one, while this process alone may write to it
lines.py           records as lines of bytes and back
reading.py         lines with their places
journal.py         answers while they stream
journal_lines.py   their lines as bytes and back
memory.py          a temporary conversation: the same lines, in no file
attachments.py     files that a person attached
trash.py           what was deleted and can be restored
purge.py           what is removed for ever: old trash, attachments that nothing names
beginning_lock.py  which process begins a conversation that several may begin at one moment
dialogue_lock.py   which process carries on with a conversation by itself
handing_over.py    whose a conversation is, changed in its first line
in_use.py          whether servers and commands work on the data folder
disk.py            files that are whole or not there
verify.py          what a person should know of the files
"""
