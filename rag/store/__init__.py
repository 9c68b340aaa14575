"""Where passages are found: by their words and by their vectors. SQLite's FTS5 and numpy, or PostgreSQL's
tsvector and pgvector, behind one interface. Rows that belong to a passage go when the passage goes.

base.py              the interface
choice.py            which store suits the settings and the database
matrix.py            many vectors at once, eight bits a number
members.py           the passages of a collection, kept in memory as two columns of numbers
numpy_vectors.py     vectors searched with numpy: small collections in memory, large ones in a file
pgvector_vectors.py  vectors in PostgreSQL, with pgvector
postgres_words.py    words in PostgreSQL's full text search
rarity.py            which terms of a question are worth their cost
sqlite_words.py      words in SQLite's FTS5
vector_files/        the vectors of a large collection in a file
vector_rows.py       the rows of an embedding model's vectors
"""

from .base import Counts, PassageRow, PassageStore, Scope, ScoredPassage
from .choice import store

__all__ = ["Counts", "PassageRow", "PassageStore", "Scope", "ScoredPassage", "store"]
