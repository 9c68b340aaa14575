from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ProvidersConfig(AppConfig):
    """Holds model servers, what is set for their models, and what people spend on them."""

    name = "providers"
    verbose_name = _("Models and servers")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from providers.configuration import checks, learned, rows  # noqa: F401
        from providers.learning import memory

        rows.connect_signals()
        memory.save_facts_with(learned.save_facts_soon)
