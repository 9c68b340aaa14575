"""Full text search over titles and messages: one interface, SQLite's FTS5 or PostgreSQL's own search behind
it. The words come folded from terms.py, so both find the same."""

from .find import NO_FILTERS, Filters, Hit, matches, search_messages

__all__ = ["NO_FILTERS", "Filters", "Hit", "matches", "search_messages"]
