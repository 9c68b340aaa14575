"""Makes the tables of full text and vector search. Whoever changes `rag_passage` on SQLite in a way for which Django
makes the table anew must make the trigger anew as well."""

from django.apps.registry import Apps
from django.db import DatabaseError, migrations, transaction
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

SQLITE = (
    "CREATE VIRTUAL TABLE rag_search USING fts5(name, heading, body, tokenize='unicode61 remove_diacritics 0')",
    "CREATE VIRTUAL TABLE rag_search_terms USING fts5vocab('rag_search', 'row')",
    "CREATE TRIGGER rag_search_follows AFTER DELETE ON rag_passage BEGIN "
    "DELETE FROM rag_search WHERE rowid = old.id; END",
)
POSTGRES = (
    "CREATE TABLE rag_search ("
    "number bigint PRIMARY KEY REFERENCES rag_passage (id) ON DELETE CASCADE, terms tsvector NOT NULL)",
    "CREATE INDEX rag_search_index ON rag_search USING gin (terms)",
)
PGVECTOR = (
    "CREATE TABLE rag_pgvector ("
    "model_id bigint NOT NULL REFERENCES rag_embeddingmodel (id) ON DELETE CASCADE, "
    "passage_id bigint NOT NULL REFERENCES rag_passage (id) ON DELETE CASCADE, "
    "embedding halfvec NOT NULL, PRIMARY KEY (model_id, passage_id))",
    "CREATE INDEX rag_pgvector_passage ON rag_pgvector (passage_id)",
)


def create(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    if schema_editor.connection.vendor != "postgresql":
        for statement in SQLITE:
            schema_editor.execute(statement)
        return
    for statement in POSTGRES:
        schema_editor.execute(statement)
    if has_pgvector(schema_editor):
        for statement in PGVECTOR:
            schema_editor.execute(statement)


def has_pgvector(schema_editor: BaseDatabaseSchemaEditor) -> bool:
    """Makes the extension where the server brings it and this user may."""
    try:
        with transaction.atomic(using=schema_editor.connection.alias):
            schema_editor.execute("CREATE EXTENSION IF NOT EXISTS vector")
    except DatabaseError:
        return False
    return True


def drop(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute("DROP TABLE IF EXISTS rag_pgvector")
    else:
        schema_editor.execute("DROP TRIGGER rag_search_follows")
        schema_editor.execute("DROP TABLE rag_search_terms")
    schema_editor.execute("DROP TABLE rag_search")


class Migration(migrations.Migration):
    dependencies = [("rag", "0001_initial")]
    operations = [migrations.RunPython(create, drop)]
