"""What belongs to a person, in files of their own: DATA_DIR/people/<folder>/. The database is what is asked
while Divan runs; from the files it can be made again.

folders.py         a person's folder: its name, its lock, files that are whole or not there
kinds.py           what is kept, and which rows it stands for
file_sync.py       from the database to the files, after each change
spending.py        the same for what was spent, which only grows
disposal.py        what becomes of it when they leave
reconciliation.py  from the files to a database that lacks it
"""
