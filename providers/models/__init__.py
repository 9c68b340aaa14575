"""The rows of providers. Django finds an app's models here.

servers.py  what an administrator configures: servers, and what is set for single models
people.py   what belongs to people: personas, budgets, spending
"""

from providers.models.people import Budget, FolderBudget, Persona, Reservation, Spending
from providers.models.servers import (
    CAPABILITIES,
    LEARNED_FOR,
    RESERVED_NAMES,
    LearnedFact,
    Model,
    Server,
    parse_headers,
    provider_choices,
    server_name,
    validate_key,
)

__all__ = [
    "CAPABILITIES",
    "LEARNED_FOR",
    "RESERVED_NAMES",
    "Budget",
    "FolderBudget",
    "LearnedFact",
    "Model",
    "Persona",
    "Reservation",
    "Server",
    "Spending",
    "parse_headers",
    "provider_choices",
    "server_name",
    "validate_key",
]
