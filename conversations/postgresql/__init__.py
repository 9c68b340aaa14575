"""The home of conversations that any number of machines share: rows of PostgreSQL. Nobody else imports what
is in here (conversations/store/ is the way in). Its tables are made in conversations/migrations/0009_rows.py
and conversations/migrations/0012_testset_rows.py; docs/decisions/0013-who-is-alive.md argues why no answer is
ended twice, doubled or lost.

store.py           conversations: making, opening, appending, trash
connections.py     those of this process, each for one thread at a time
process.py         this process among the others: alive while its connection holds its lock
changes.py         what has changed, for who keeps copies
content.py         the bytes of one conversation, and what is appended to them
journals.py        answers while they stream
journal_lines.py   what they say, written for all of them together
loop_statement.py  a statement that the event loop runs itself
dead_processes.py  what becomes of a process that is dead, and of its answers
trash.py           what was deleted and can be restored
testsets.py        test sets and their runs
"""
