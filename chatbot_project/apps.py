from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ProjectConfig(AppConfig):
    """Holds accounts, tokens and start-up: what belongs to the whole server and to no single app."""

    name = "chatbot_project"
    verbose_name = _("Access")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from django.contrib.auth.signals import user_logged_in

        from chatbot_project import checks  # noqa: F401
        from chatbot_project.account.sessions import note_login

        user_logged_in.connect(note_login, dispatch_uid="chatbot_project.account.note_login")
