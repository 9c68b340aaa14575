from django.conf import settings
from django.db import connections, router
from django.utils.module_loading import import_string

from rag.models import Passage

from .base import Store


def store() -> Store:
    """What RAG_STORE names (called with the database's alias), else what suits the database."""
    using = router.db_for_write(Passage)
    if chosen := settings.RAG_STORE:
        made: Store = import_string(chosen)(using)
        return made
    return postgres(using) if connections[using].vendor == "postgresql" else sqlite(using)


def sqlite(using: str) -> Store:
    from .numpy_vectors import NumpyVectors
    from .sqlite_words import SQLiteWords

    return Store(SQLiteWords(using), NumpyVectors(using))


def postgres(using: str) -> Store:
    """With numpy's vectors where the server has no pgvector."""
    from .numpy_vectors import NumpyVectors
    from .pgvector_vectors import PgVectors
    from .postgres_words import PostgresWords

    vectors = PgVectors(using) if PgVectors.is_there(using) else NumpyVectors(using)
    return Store(PostgresWords(using), vectors)
