"""Whose each answer is, and its numbers as one text, so that figures are of one index."""

from django.db import migrations, models

import conversations.answer_numbers

OWNERS = """
    UPDATE conversations_response SET owner = (
        SELECT owner FROM conversations_conversation WHERE id = conversations_response.conversation_id
    )
"""


class Migration(migrations.Migration):

    dependencies = [
        ('conversations', '0010_questions'),
    ]

    operations = [
        migrations.AddField(
            model_name='response',
            name='owner',
            field=models.CharField(default='', max_length=150, verbose_name='owner'),
            preserve_default=False,
        ),
        migrations.RunSQL(OWNERS, migrations.RunSQL.noop),
        migrations.AddField(
            model_name='response',
            name='numbers',
            field=models.GeneratedField(
                db_persist=True,
                expression=conversations.answer_numbers.NumbersText(),
                output_field=models.TextField(),
            ),
        ),
        migrations.AddIndex(
            model_name='response',
            index=conversations.answer_numbers.GroupedIndex(
                fields=['owner', 'server', 'model', 'status', 'error_code', 'served_by', 'version', 'conversation', 'numbers'],
                name='response_figures',
            ),
        ),
        migrations.RemoveIndex(model_name='response', name='response_compared'),
        migrations.AddIndex(
            model_name='response',
            index=models.Index(
                condition=models.Q(
                    ('preferred_over__isnull', False),
                    ('tie__isnull', False),
                    ('both_bad__isnull', False),
                    _connector='OR',
                ),
                fields=['owner', 'at'],
                name='response_compared',
            ),
        ),
    ]
