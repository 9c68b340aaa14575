"""Words are folded otherwise, and marks of Indic and other scripts are parts of them: the index of words is
made anew from the passages."""

from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

SQLITE = (
    "DROP TABLE rag_search_terms",
    "DROP TABLE rag_search",
    "CREATE VIRTUAL TABLE rag_search USING fts5(name, heading, body, "
    "tokenize=\"unicode61 remove_diacritics 0 categories 'L* N* M* Co'\")",
    "CREATE VIRTUAL TABLE rag_search_terms USING fts5vocab('rag_search', 'row')",
)
POSTGRES = ("DELETE FROM rag_search",)


def make_anew(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    from rag.reindexing import index_passages

    connection = schema_editor.connection
    for statement in POSTGRES if connection.vendor == "postgresql" else SQLITE:
        schema_editor.execute(statement)
    index_passages(apps.get_model("rag", "Passage"), connection.alias)


class Migration(migrations.Migration):
    dependencies = [("rag", "0002_search")]
    operations = [migrations.RunPython(make_anew, migrations.RunPython.noop)]
