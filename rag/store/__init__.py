"""Where passages are found: by their words and by their vectors. SQLite's FTS5 and numpy, or PostgreSQL's
tsvector and pgvector, behind one interface. Rows that belong to a passage go when the passage goes."""

from .base import Counts, Found, Row, Scope, Store
from .choice import store

__all__ = ["Counts", "Found", "Row", "Scope", "Store", "store"]
