"""What is configured: from the environment, by an administrator, or as a TOML file.

setup.py        the first rows, from the environment
choices.py      what a new server may be
editing.py      what an administrator changes outside of Django's admin
candidates.py   which model of a list a row with candidates stands for
rows.py         the rows as one immutable value, kept in the process
learned.py      what was learned of models, in the database
transfer.py     all of it as one TOML file, and back
checks.py       what is wrong with it, said at start
"""
