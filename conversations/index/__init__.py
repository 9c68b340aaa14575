"""The database's index of the files. It can be deleted and made again.

indexing.py       brings the index up to what the files say
rows.py           what records say as rows
rows_writer.py    writes the rows
folder_watch.py   what changed in the folder, whoever changed it
"""
