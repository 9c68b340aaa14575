from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("chat", "0004_memory")]

    operations = [
        migrations.AddField(model_name="upload", name="draft", field=models.DateTimeField(null=True)),
    ]
