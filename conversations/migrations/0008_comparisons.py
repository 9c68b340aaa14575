"""Which answers tie, and which votes were blind. Conversations whose file the index says to be of no size are
read again when a server starts, or by `reindex_chats`."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('conversations', '0007_restorations'),
    ]

    operations = [
        migrations.RunSQL("UPDATE conversations_conversation SET size = 0, mtime_ns = 0", migrations.RunSQL.noop),
        migrations.RemoveIndex(
            model_name='response',
            name='response_preferred',
        ),
        migrations.AddField(
            model_name='messageentry',
            name='blind',
            field=models.BooleanField(default=False),
        ),
        migrations.AddField(
            model_name='response',
            name='both_bad',
            field=models.JSONField(null=True, verbose_name='as bad as'),
        ),
        migrations.AddField(
            model_name='response',
            name='revealed',
            field=models.BooleanField(default=False, verbose_name='compared when the names were shown'),
        ),
        migrations.AddField(
            model_name='response',
            name='tie',
            field=models.JSONField(null=True, verbose_name='as good as'),
        ),
        migrations.AddIndex(
            model_name='response',
            index=models.Index(condition=models.Q(('preferred_over__isnull', False), ('tie__isnull', False), ('both_bad__isnull', False), _connector='OR'), fields=['conversation'], name='response_compared'),
        ),
    ]
