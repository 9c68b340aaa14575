from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("chat", "0007_memory_updated")]

    operations = [
        migrations.AddField(model_name="share", name="calls", field=models.BooleanField(default=False)),
    ]
