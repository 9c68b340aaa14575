import uuid
from typing import Any

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


def give_ids(apps: Any, schema_editor: Any) -> None:
    """To everybody who is there: what their name owned until now is theirs."""
    Owner = apps.get_model('core', 'Owner')
    app, model = settings.AUTH_USER_MODEL.split('.')
    alias = schema_editor.connection.alias
    for user in apps.get_model(app, model).objects.using(alias).all():
        # What is named `local` was made without accounts, and is nobody's.
        former = None if user.username == 'local' else user.username
        Owner.objects.using(alias).create(user=user, name=user.username, former_name=former)


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('auth', '0012_alter_user_first_name_max_length'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Owner',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('name', models.CharField(max_length=150, verbose_name='name')),
                ('former_name', models.CharField(max_length=150, null=True, unique=True)),
                ('user', models.OneToOneField(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='owner', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'verbose_name': 'owner',
                'verbose_name_plural': 'owners',
            },
        ),
        migrations.RunPython(give_ids, migrations.RunPython.noop),
    ]
