from typing import Any

from django.db import migrations

OWNED = (
    ('chat', 'Upload'),
    ('chat', 'Share'),
    ('chat', 'Memory'),
    ('chat', 'Remembered'),
    ('chat', 'Prompt'),
    ('conversations', 'Conversation'),
    ('providers', 'Persona'),
    ('providers', 'Budget'),
    ('providers', 'Spending'),
    ('rag', 'Collection'),
)


def name_by_id(apps: Any, schema_editor: Any) -> None:
    alias = schema_editor.connection.alias
    owners = apps.get_model('core', 'Owner').objects.using(alias).exclude(former_name=None)
    for owner, name in owners.values_list('pk', 'former_name'):
        for app, model in OWNED:
            rows = apps.get_model(app, model).objects.using(alias).filter(owner=name)
            if model == 'Conversation':
                # The search knows by its owner what to keep apart: the next look takes the files in anew.
                rows.update(owner=str(owner), size=0, mtime_ns=0)
            else:
                rows.update(owner=str(owner))


class Migration(migrations.Migration):
    """Rows name their owners by id."""

    dependencies = [
        ('core', '0001_owners'),
        ('chat', '0006_starters'),
        ('conversations', '0007_restorations'),
        ('providers', '0008_owners'),
        ('rag', '0004_configuration'),
    ]

    operations = [migrations.RunPython(name_by_id, migrations.RunPython.noop)]
