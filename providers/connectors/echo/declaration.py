from django.utils.translation import gettext_lazy as _

from providers.connectors.declarations import Declaration

DECLARATION = Declaration(
    provider="echo",
    label=_("Echo (offline)"),
    connector="providers.connectors.echo.connector.EchoConnector",
    unsupported_params=frozenset({"temperature", "top_p", "top_k", "seed", "context_length"}),
    built_in="echo",
    needs_key=False,
    is_offline=True,
    only_repeats=True,
    is_free=lambda server, model: True,
)
