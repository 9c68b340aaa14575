from django.utils.translation import gettext_lazy as _

from providers.connectors.declarations import Declaration, ServerList
from providers.connectors.openai.dialects import DIALECTS, PROGRAMS, complete_path, service_of, unsupported_by

DECLARATION = Declaration(
    provider="openai",
    label=_("OpenAI-compatible"),
    connector="providers.connectors.openai.connector.OpenAIConnector",
    services=tuple(service_of(name, dialect) for name, dialect in DIALECTS.items() if dialect.label),
    server_lists=(ServerList("OPENAI_SERVERS", "openai"),),
    programs=PROGRAMS,
    unsupported_params=frozenset({"context_length"}),
    unsupported_by=unsupported_by,
    error_codes={
        "auth": "incorrect_api_key invalid_api_key",
        "quota": "billing_hard_limit_reached billing_not_active insufficient_quota",
        "rate_limited": "rate_limit_exceeded tokens_per_minute",
        "model_not_found": "model_not_found",
        "context_length": "context_length_exceeded string_above_max_length",
        "content_blocked": "content_filter content_policy_violation",
        "overloaded": "engine_overloaded slow_down",
        "invalid": "unsupported_parameter unsupported_value",
        "server_error": "server_error",
    },
    endpoints=r"(?:/chat)?/completions|/models|/embeddings|/responses",
    complete_path=complete_path,
    needs_address=True,
    priced_by_address=True,
)
