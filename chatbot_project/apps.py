from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ProjectConfig(AppConfig):
    """Accounts, tokens and start-up: what belongs to the whole server and to no single app."""

    name = "chatbot_project"
    verbose_name = _("Access")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from chatbot_project import checks  # noqa: F401
