from providers.connectors.declarations import Declaration, Preset, Service
from providers.connectors.gemini.generations import unsupported_by

DECLARATION = Declaration(
    provider="gemini",
    label="Google Gemini",
    connector="providers.connectors.gemini.connector.GeminiConnector",
    services=(
        Service(
            "gemini",
            "Google Gemini",
            ("GEMINI_API_KEY", "GOOGLE_API_KEY"),
            "GEMINI_BASE_URL",
            order=10,
            key_page="https://aistudio.google.com/apikey",
        ),
    ),
    presets=(
        Preset(
            "gemini-flash", "Gemini Flash", ("gemini-flash-latest", "gemini-3.8-flash", "gemini-3.6-flash")
        ),
        Preset(
            "gemini-3-pro", "Gemini 3 Pro", ("gemini-3.1-pro-preview", "gemini-pro-latest", "gemini-4-argon")
        ),
    ),
    unsupported_params=frozenset({"context_length"}),
    unsupported_by=unsupported_by,
    error_codes={
        "auth": "api_key_invalid permission_denied unauthenticated",
        "rate_limited": "resource_exhausted",
        "model_not_found": "not_found",
        "overloaded": "unavailable",
        "timeout": "deadline_exceeded",
        "invalid": "failed_precondition invalid_argument out_of_range",
        "server_error": "aborted data_loss internal",
    },
    endpoints=r"(?:/v1(?:beta)?)?/models(?:/[^/]*)?|/v1(?:beta)?",
    price_list="google",
)
