from django.db import migrations, models


class Migration(migrations.Migration):
    """Whose budget and whose spending it is is said as everywhere: by `owner`."""

    dependencies = [('providers', '0007_kinds_of_spending')]

    operations = [
        migrations.RemoveConstraint(model_name='budget', name='one_budget_a_scope'),
        migrations.RemoveConstraint(model_name='spending', name='one_sum_a_kind'),
        migrations.RemoveIndex(model_name='spending', name='spending_of_a_user'),
        migrations.RenameField(model_name='budget', old_name='username', new_name='owner'),
        migrations.RenameField(model_name='spending', old_name='username', new_name='owner'),
        migrations.AlterField(
            model_name='budget',
            name='owner',
            field=models.CharField(blank=True, help_text='Empty: everyone who has no limit of their own.', max_length=150, verbose_name='user'),
        ),
        migrations.AlterField(
            model_name='spending',
            name='owner',
            field=models.CharField(max_length=150, verbose_name='user'),
        ),
        migrations.AddIndex(
            model_name='spending',
            index=models.Index(fields=['owner', 'day'], name='spending_of_a_user'),
        ),
        migrations.AddConstraint(
            model_name='budget',
            constraint=models.UniqueConstraint(fields=('scope', 'owner'), name='one_budget_a_scope'),
        ),
        migrations.AddConstraint(
            model_name='spending',
            constraint=models.UniqueConstraint(fields=('day', 'owner', 'conversation', 'model', 'kind'), name='one_sum_a_kind'),
        ),
        migrations.AlterModelOptions(
            name='budget',
            options={'ordering': ['scope', 'owner'], 'verbose_name': 'budget', 'verbose_name_plural': 'budgets'},
        ),
    ]
