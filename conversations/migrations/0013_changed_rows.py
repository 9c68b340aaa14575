"""What has changed among the conversations since a moment is found by an index: who keeps copies of them, or an
index of their words, asks every few seconds, and there may be a hundred thousand."""

from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

NAME = "stored_conversation_changed"


def statements() -> list[str]:
    return [f"CREATE INDEX {NAME} ON stored_conversation (greatest(changed_ns, trashed_ns))"]


def make(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    if schema_editor.connection.vendor == "postgresql":
        for statement in statements():
            schema_editor.execute(statement)


def remove(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(f"DROP INDEX {NAME}")


class Migration(migrations.Migration):
    dependencies = [("conversations", "0012_testset_rows")]
    operations = [migrations.RunPython(make, remove)]
