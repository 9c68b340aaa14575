from django.apps import AppConfig


class ProjectConfig(AppConfig):
    """Accounts, tokens and start-up: what belongs to the whole server and to no single app."""

    name = "chatbot_project"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from chatbot_project import checks  # noqa: F401
