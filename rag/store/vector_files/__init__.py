"""The vectors of a large collection in a file, so that no process reads them from their rows, or holds them.

header.py   what a file says of itself
folder.py   where files lie, and when they go
reading.py  one that is open
writing.py  one that is being made
lookup.py   the one that stands for the rows as they are, found or made

The rows are the truth. A file says of which state of them it was made, and counts for that state alone; it
can be removed at any time.
"""
