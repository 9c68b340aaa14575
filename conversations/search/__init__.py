"""Full text search over titles and messages: one interface, SQLite's FTS5 or PostgreSQL's own search behind
it. The words come folded from terms.py, so both find the same.

backends.py  the two databases' own search tables behind one face
find.py      finding messages, with the words around what was found
terms.py     words as search sees them, of any text and of what a person types
"""

from .find import NO_FILTERS, Filters, MessageHit, find_matches, search_messages

__all__ = ["NO_FILTERS", "Filters", "MessageHit", "find_matches", "search_messages"]
