"""What is asked, in which language, and what a service says answered. Conversations whose file the index says to be
of no size are read again when a server starts, or by `reindex_chats`."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('conversations', '0009_rows'),
    ]

    operations = [
        migrations.RunSQL("UPDATE conversations_conversation SET size = 0, mtime_ns = 0", migrations.RunSQL.noop),
        migrations.AddField(
            model_name='messageentry',
            name='kind',
            field=models.CharField(blank=True, max_length=20),
        ),
        migrations.AddField(
            model_name='messageentry',
            name='language',
            field=models.CharField(blank=True, max_length=8),
        ),
        migrations.AddField(
            model_name='response',
            name='served_by',
            field=models.CharField(blank=True, max_length=300, verbose_name='served by'),
        ),
        migrations.AddField(
            model_name='response',
            name='version',
            field=models.CharField(blank=True, max_length=200, verbose_name='version'),
        ),
    ]
