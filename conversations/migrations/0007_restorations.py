from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("conversations", "0006_folding")]

    operations = [
        migrations.CreateModel(
            name="Restoration",
            fields=[("token", models.CharField(max_length=40, primary_key=True, serialize=False))],
        ),
    ]
