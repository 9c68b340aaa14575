"""Versions of collections are drawn, not counted."""

from django.apps.registry import Apps
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

from rag.models import new_version


def draw_versions(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    collections = apps.get_model("rag", "Collection")._default_manager.using(schema_editor.connection.alias)
    for number in list(collections.values_list("pk", flat=True)):
        collections.filter(pk=number).update(version=new_version())


class Migration(migrations.Migration):
    dependencies = [("rag", "0005_reading_model")]
    operations = [
        migrations.AlterField(
            "collection", "version", models.PositiveBigIntegerField(default=new_version)
        ),
        migrations.RunPython(draw_versions, migrations.RunPython.noop),
    ]
