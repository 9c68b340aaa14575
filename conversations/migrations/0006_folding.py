"""Words are folded otherwise, and marks of Indic and other scripts are parts of them: the index of words is
made anew. Conversations whose file the index says to be of no size are read again when a server starts, or by
`reindex_chats`."""

from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

SQLITE = (
    "DROP TABLE conversations_search",
    "CREATE VIRTUAL TABLE conversations_search USING fts5(scope, body, content='', prefix='2 3', "
    "tokenize=\"unicode61 remove_diacritics 0 categories 'L* N* M* Co'\")",
)
POSTGRES = ("TRUNCATE conversations_search",)
FORGET = "UPDATE conversations_conversation SET size = 0, mtime_ns = 0"


def begin_anew(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    statements = POSTGRES if schema_editor.connection.vendor == "postgresql" else SQLITE
    for statement in (*statements, FORGET):
        schema_editor.execute(statement)


class Migration(migrations.Migration):
    dependencies = [("conversations", "0005_labels")]
    operations = [migrations.RunPython(begin_anew, migrations.RunPython.noop)]
