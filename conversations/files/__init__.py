"""The home of conversations that needs nothing but a disk: a file each. Nobody else imports what is in here
(conversations/store/ is the way in).

store.py         the folder: making, opening, appending, trash
folders.py       names and places
content.py       the bytes of a file that is open
locked.py        one, while this process alone may write to it
journals.py      answers while they stream
trash.py         what was deleted and can be restored
ownership.py     whose a conversation is, changed in its first line
beginnings.py    which process begins a conversation that several may begin at one moment
dialogues.py     which process carries on with a conversation by itself
purging.py       whose turn it is to purge
testsets.py      test sets and their runs
surroundings.py  what a person should know of the files beside what they say
"""
