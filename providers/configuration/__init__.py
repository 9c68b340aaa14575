"""What is configured: from the environment, in the admin, or as a TOML file.

setup.py        the first rows, from the environment
candidates.py   which model of a list a row with candidates stands for
rows.py         the rows as one immutable value, kept in the process
learned.py      what was learned of models, in the database
transfer.py     all of it as one TOML file, and back
checks.py       what is wrong with it, said at start
"""
