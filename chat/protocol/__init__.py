"""What passes between a client and Divan (docs/protocol.md).

commands.py   what a client may ask for
events.py     what it is told
lanes.py      the columns of a conversation, as clients write and read them
notes.py      sentences beside an answer, by code
errors.py     what it is told when something cannot be done
reasons.py    what is wrong with a field, in words
"""
