"""The files of a turn: what was attached on the way to its message, and the documents picked for it. Each is
read itself, once for all lanes; what a lane is given of it depends on the lane's window and on whether its
model sees.

turn_files.py   the files that a turn names, read
turn.py         one turn's files, read and noted once
given_files.py  what one lane is given, as parts of messages, and what its record says of that
file_text.py    a file in the words that a model is sent
file_pass.py    the pass over a file that is too long: a model notes what stands in each part
"""
