"""What people gave us as it was: attachments, and the originals of documents. Each is kept once, by the
SHA-256 of its bytes, and never changes.

base.py       what a place for them can do
guarded.py    a place whose failures have one name
choice.py     the place that this Divan was given: all who want an original begin here
folder.py     a folder of this machine
shared.py     a home that any number of machines share, with copies in a folder of each
database.py   the database that has the rows of originals
rows.py       the home that is rows of the database
bucket.py     the home that is a bucket of an S3 service
drafts.py     what is written before it has its name
handoff.py    what one process was sent and another is asked for
downloads.py  an original as the answer to a request, whole or a range of it
"""
