"""Makes the table of full text search, which Django does not know."""

from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

SQLITE = (
    "CREATE VIRTUAL TABLE conversations_search USING fts5("
    "scope, body, content='', prefix='2 3', tokenize='unicode61 remove_diacritics 0')"
)
POSTGRES = (
    # No foreign key: Django, which does not know this table, could then not truncate the other.
    "CREATE TABLE conversations_search (number bigint PRIMARY KEY, terms tsvector NOT NULL)",
    "CREATE INDEX conversations_search_terms ON conversations_search USING gin (terms)",
)


def create(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    statements = POSTGRES if schema_editor.connection.vendor == "postgresql" else (SQLITE,)
    for statement in statements:
        schema_editor.execute(statement)


def drop(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    schema_editor.execute("DROP TABLE conversations_search")


class Migration(migrations.Migration):
    dependencies = [("conversations", "0001_initial")]
    operations = [migrations.RunPython(create, drop)]
