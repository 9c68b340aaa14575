from django.conf import settings
from django.db import connections, router
from django.utils.module_loading import import_string

from rag.models import Passage

from .base import PassageStore


def store() -> PassageStore:
    """What RAG_STORE names (called with the database's alias), else what suits the database."""
    using = router.db_for_write(Passage)
    if chosen := settings.RAG_STORE:
        made: PassageStore = import_string(chosen)(using)
        return made
    return postgres(using) if connections[using].vendor == "postgresql" else sqlite(using)


def sqlite(using: str) -> PassageStore:
    from .numpy_vectors import NumpyVectors
    from .sqlite_words import SQLiteWords

    return PassageStore(SQLiteWords(using), NumpyVectors(using))


def postgres(using: str) -> PassageStore:
    """With numpy's vectors where the server has no pgvector."""
    from .numpy_vectors import NumpyVectors
    from .pgvector_vectors import PgVectors
    from .postgres_words import PostgresWords

    vectors = PgVectors(using) if PgVectors.is_there(using) else NumpyVectors(using)
    return PassageStore(PostgresWords(using), vectors)
