from datetime import timedelta
from typing import Any

import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from django.db import migrations, models
from django.utils import timezone


def note_sessions(apps: Any, schema_editor: Any) -> None:
    """Those that were begun before this table was there can be seen and ended too."""
    alias = schema_editor.connection.alias
    users = apps.get_model(settings.AUTH_USER_MODEL)._default_manager.using(alias)
    known = {str(pk) for pk in users.values_list("pk", flat=True)}
    rows = apps.get_model("chatbot_project", "UserSession").objects.using(alias)
    live = apps.get_model("sessions", "Session").objects.using(alias).filter(expire_date__gt=timezone.now())
    for session in live.iterator():
        user = SessionStore().decode(session.session_data).get(SESSION_KEY)
        if user in known:
            saved = session.expire_date - timedelta(seconds=settings.SESSION_COOKIE_AGE)
            rows.create(user_id=int(user), session_id=session.pk, since=saved, last_seen=saved)


class Migration(migrations.Migration):
    dependencies = [
        ("chatbot_project", "0003_sessions_and_tokens"),
        ("sessions", "0001_initial"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="UserSession",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("address", models.CharField(blank=True, max_length=64)),
                ("agent", models.CharField(blank=True, max_length=400)),
                ("since", models.DateTimeField(default=django.utils.timezone.now)),
                ("last_seen", models.DateTimeField(default=django.utils.timezone.now)),
                (
                    "session",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE, to="sessions.session"
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="sessions",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={"verbose_name": "session", "verbose_name_plural": "sessions"},
        ),
        migrations.RunPython(note_sessions, migrations.RunPython.noop, elidable=True),
    ]
