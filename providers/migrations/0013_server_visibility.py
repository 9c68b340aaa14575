from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('auth', '0012_alter_user_first_name_max_length'),
        ('providers', '0012_purposes_of_spending'),
    ]

    operations = [
        migrations.AddField(
            model_name='server',
            name='visibility',
            field=models.CharField(choices=[('everyone', 'everyone'), ('groups', 'the groups chosen below'), ('staff', 'administrators')], default='everyone', max_length=10, verbose_name='visible to'),
        ),
        migrations.AddField(
            model_name='server',
            name='groups',
            field=models.ManyToManyField(blank=True, help_text='Who sees it, where it is for groups.', to='auth.group', verbose_name='groups'),
        ),
    ]
