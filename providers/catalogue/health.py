"""How a server is doing, told from what was last seen of it. Pure: asks nothing, waits for nothing."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from providers.errors import ErrorCode, ProviderError

Status = Literal["healthy", "slow", "unhealthy"]
SLOW_MS = 3000.0
FIRST_PAUSE = 10.0
LONGEST_PAUSE = 300.0


@dataclass(frozen=True, slots=True)
class Health:
    status: Status
    available: bool
    latency_ms: float | None = None
    models_count: int | None = None
    supports_embeddings: bool = False
    error: str | None = None
    checked_at: str | None = None


class Breaker:
    """After a failure the server is left alone for a while that doubles with each further one, so that
    background work does not queue up behind a machine that is off. A person's own request is always
    tried, and ends the pause when it succeeds."""

    def __init__(self) -> None:
        self.failures = 0
        self._until = 0.0

    def succeed(self) -> None:
        self.failures = 0
        self._until = 0.0

    def fail(self, now: float) -> None:
        self.failures += 1
        # Capped in the exponent: a server that is off for weeks must not overflow it.
        self._until = now + min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** min(self.failures - 1, 10))

    def allows(self, now: float) -> bool:
        return now >= self._until


DESCRIPTIONS: Mapping[ErrorCode, Promise] = {
    "unreachable": gettext_lazy("Nothing answers at its address. Is it running, and is the address right?"),
    "timeout": gettext_lazy("It did not answer in time."),
    "auth": gettext_lazy("It refuses the key. Check the key of this server."),
    "quota": gettext_lazy("The account has no credit or quota left."),
    "rate_limited": gettext_lazy("It allows no more requests for the moment."),
    "overloaded": gettext_lazy("It is overloaded. Try again later."),
    "model_not_found": gettext_lazy(
        "There is no list of models at this address. Write it up to where the service's own paths begin: "
        "http://127.0.0.1:8000/v1 for OpenAI's protocol, http://127.0.0.1:11434 for Ollama."
    ),
    "hardware": gettext_lazy("Its machine lacks memory, disk space or a graphics card that works."),
    "server_error": gettext_lazy("It failed with an error of its own. Look into its log."),
    "bad_response": gettext_lazy("What answers at this address does not speak this provider's language."),
}
OTHER = gettext_lazy("It answered with an error.")


def describe_error(error: ProviderError) -> str:
    """What is wrong and what to do, in the reader's language, and what the server said of it."""
    return " ".join(filter(None, (str(DESCRIPTIONS.get(error.code, OTHER)), quote_server(error))))


def quote_server(error: ProviderError) -> str:
    """The sentence that gives the server's own words; empty where there are none."""
    return _("It said: “%(said)s”.") % {"said": error.said.rstrip(".")} if error.said else ""
