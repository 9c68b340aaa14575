from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ProvidersConfig(AppConfig):
    name = "providers"
    verbose_name = _("Models and servers")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from providers.configuration import checks, rows  # noqa: F401

        rows.connect_signals()
