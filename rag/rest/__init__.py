"""`/api/documents`: what a person uploads, and for administrators how documents are read.

documents.py  uploads, lists, searches, originals
settings.py   how documents are cut, embedded and found
schemas.py    the shapes
"""
