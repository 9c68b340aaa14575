"""The ground floor: what every app may import. It imports none of them.

text/                  encodings told from bytes, folding for search, file names
times.py               moments, as they are written and read
json_text.py           JSON as others write it, and as Divan does
error_fields.py        what every error says
models.py              rows: owners, whose ids never come back, quotas, originals; who may see a row
admin.py               the rows of this app in the admin: quotas
quotas.py              what one user may keep
owners.py              what such an id is; knows no database until a file names an owner in another way
accounts.py            the accounts behind owners
heap.py                memory that the C library keeps for the process
shared_reads.py        what many ask of the database at one moment, read once
shared_work.py         what several who answer at one moment need, done once for all of them
holdings.py            what each process holds of what all of them count together, in Redis
originals/             attachments and documents as they were given: a folder, rows, or a bucket
disk.py                files that are whole or not there
hashes.py              SHA-256 as text: what attachments and documents are known by
row_editing.py         rows that an administrator changes outside of the admin
schemas.py             what the shapes of commands and request bodies stand on
ninja.py               Django Ninja as a server needs it, and when its shapes are built
type_hints.py          whether a value from outside is of the type that a field declares
repeated_messages.py   messages of the log that would come many times a second
"""
