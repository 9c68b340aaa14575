"""From status, machine codes and words to one of Divan's error codes.

Words that can mean one thing only (memory that ran out, a picture that a model cannot see, a model that is
not there) outweigh a status or a machine code: servers of models say 500 to nearly everything. Then machine
codes, then the status, then weaker words. What says nothing at all is `server_error`: the server failed by
itself. `internal`, which is Divan's own fault, is never among the answers.
"""

from collections.abc import Mapping, Sequence

from providers.errors import ErrorCode
from providers.wire.failures.phrases import LIKELY, SURE, meaning_in

_BY_STATUS: Mapping[int, ErrorCode] = {
    401: "auth",
    402: "quota",
    403: "auth",
    404: "model_not_found",
    405: "model_not_found",
    407: "unreachable",
    408: "timeout",
    410: "model_not_found",
    413: "context_length",
    429: "rate_limited",
    451: "content_blocked",
    498: "overloaded",
    499: "server_error",
    501: "invalid",
    502: "overloaded",
    503: "overloaded",
    504: "timeout",
    507: "hardware",
    521: "unreachable",
    522: "timeout",
    523: "unreachable",
    524: "timeout",
    525: "unreachable",
    526: "unreachable",
    529: "overloaded",
    530: "unreachable",
}

_MACHINE_CODES: Mapping[ErrorCode, str] = {
    "auth": """access_denied access_terminated_error auth_error forbidden invalid_authentication_error
        unauthorized""",
    "quota": """budget_exceeded credits_exhausted exceeded_current_quota_error insufficient_balance
        insufficient_credits payment_required quota_exceeded""",
    "rate_limited": """rate_limit rate_limit_reached_error rate_limited throttling_error too_many_requests""",
    "model_not_found": """deploymentnotfound invalid_model model_decommissioned model_deprecated
        model_not_available model_not_exist model_not_found_error model_not_supported no_such_model
        notfounderror unknown_model unsupported_model""",
    "context_length": """context_window_exceeded contextwindowexceedederror exceed_context_size_error""",
    "content_blocked": """content_moderation contentpolicyviolationerror data_inspection_failed
        prohibited_content responsibleaipolicyviolation""",
    "overloaded": """capacity_exceeded engine_overloaded_error server_overloaded service_unavailable
        service_unavailable_error serviceunavailableerror unavailable_error""",
    "timeout": "gateway_timeout request_timeout timeout timeouterror",
    "hardware": "cuda_error gpu_error insufficient_system_resources oom out_of_memory outofmemoryerror",
    "invalid": """bad_request badrequesterror invalid_parameter invalid_request json_invalid
        not_supported_error unprocessable_entity validation_error""",
    "server_error": """engine_error internal_error internal_server_error internalservererror
        upstream_error""",
}
"""What gateways and servers of models say, whichever provider's protocol they speak."""

_codes: dict[str, ErrorCode] = {
    name: code for code, names in _MACHINE_CODES.items() for name in names.split()
}
_codes_of: dict[str, Mapping[str, ErrorCode]] = {}


def declare_codes(provider: str, codes: Mapping[ErrorCode, str]) -> None:
    """Adds a provider's machine codes, separated by blanks. They hold for every provider, since gateways pass
    on what the service behind them said; where two mean different things by one, each means its own."""
    own = {name: code for code, names in codes.items() for name in names.split()}
    _codes_of[provider] = own
    for name, code in own.items():
        _codes.setdefault(name, code)


def code_named(name: str, provider: str) -> ErrorCode | None:
    """What a service means by a machine code."""
    return _codes_of.get(provider, {}).get(name) or _codes.get(name)


_WEAK: frozenset[ErrorCode] = frozenset({"invalid", "server_error"})
"""Machine codes that servers give to everything."""

_NO_SUCH = frozenset({404, 405, 410})
_FORBIDDEN: frozenset[ErrorCode] = frozenset({"content_blocked", "model_not_found", "no_vision", "quota"})
"""What a 403 may stand for beside a key that is refused."""

_OPEN = frozenset({0, 500, 503})
"""Statuses that leave the meaning to weaker words; so do those that no table names."""


def meaning_of(
    status: int, codes: Sequence[str], text: str, *, provider: str = "", daily: bool = False
) -> ErrorCode:
    """`status` is 0 where none was told; `codes` come in lower case, most particular first. `daily`: the
    quota that ran out is counted by the day."""
    machine = next((code for name in codes if (code := code_named(name, provider))), None)
    sure = meaning_in(SURE, text)
    if status in (401, 402, 403, 429):
        return _refused(status, machine, sure or meaning_in(LIKELY, text), daily=daily)
    if sure:
        return sure
    if machine and machine not in _WEAK and status not in _NO_SUCH:
        return machine
    weaker = meaning_in(LIKELY, text) if status in _OPEN or status not in _BY_STATUS else None
    return weaker or _BY_STATUS.get(status) or _unnamed(status, machine)


def _refused(status: int, machine: ErrorCode | None, said: ErrorCode | None, *, daily: bool) -> ErrorCode:
    """Statuses that are sure of themselves, but for what shares them."""
    if status == 429 and (daily or machine == "quota"):
        return "quota"
    if status == 403 and said in _FORBIDDEN:
        return said
    return _BY_STATUS[status]


def _unnamed(status: int, machine: ErrorCode | None) -> ErrorCode:
    if status == 0 and machine:
        return machine
    if 300 <= status < 400:
        return "bad_response"
    return "invalid" if 400 <= status < 500 else "server_error"
