from providers.connectors.declarations import Declaration, Service

DECLARATION = Declaration(
    provider="anthropic",
    label="Anthropic",
    connector="providers.connectors.anthropic.connector.AnthropicConnector",
    services=(
        Service(
            "anthropic",
            "Anthropic",
            ("ANTHROPIC_API_KEY",),
            "ANTHROPIC_BASE_URL",
            key_page="https://console.anthropic.com/settings/keys",
        ),
    ),
    unsupported_params=frozenset({"seed", "json", "context_length"}),
    error_codes={
        "auth": "authentication_error permission_error",
        "quota": "billing_error",
        "rate_limited": "rate_limit_error",
        "model_not_found": "not_found_error",
        "context_length": "request_too_large",
        "overloaded": "overloaded_error",
        "timeout": "timeout_error",
        "invalid": "invalid_request_error",
        "server_error": "api_error",
    },
    endpoints=r"(?:/v1)?(?:/messages(?:/count_tokens)?|/models)|/v1",
    price_list="anthropic",
)
