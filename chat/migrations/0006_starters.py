from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("chat", "0005_drafts")]

    operations = [
        migrations.AddField(
            model_name="prompt", name="starter", field=models.BooleanField(default=False)
        ),
    ]
