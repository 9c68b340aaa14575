"""What can go wrong with a model server.

    ProviderError(code)      raised by connectors; `code` is one of ErrorCode
      ├─ UnknownServerError  no server of that name is configured
      ├─ NoEmbeddingsError   the server makes no vectors
      └─ UnansweredCallError the model wanted a tool, and said nothing else

`CancelledError` is never turned into one of these: it means that a person pressed Stop.
"""

import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Literal, get_args

log = logging.getLogger(__name__)

SHAPE_ERRORS = (ArithmeticError, AttributeError, LookupError, RecursionError, TypeError, ValueError)
"""How it shows that a service's JSON is not of the shape that was agreed."""

ErrorCode = Literal[
    "auth",
    "quota",
    "rate_limited",
    "model_not_found",
    "context_length",
    "content_blocked",
    "no_vision",
    "hardware",
    "overloaded",
    "unreachable",
    "timeout",
    "bad_response",
    "invalid",
    "server_error",
    "internal",
]
"""`hardware`: memory, graphics card or disk of the server's machine. `no_vision`: the model cannot see
pictures. `server_error`: the server failed by itself. `internal`: only ever Divan's own fault."""

ERROR_CODES: tuple[ErrorCode, ...] = get_args(ErrorCode)

RETRYABLE: frozenset[ErrorCode] = frozenset(
    {"rate_limited", "overloaded", "unreachable", "timeout", "bad_response", "server_error", "internal"}
)


class ProviderError(Exception):
    """`detail` is for 'details' and logs: the service's own text, scrubbed of keys, or what Divan saw. `said`
    is an excerpt of the service's own words, fit for a person; empty where it said nothing. `retry_after` in
    seconds, where the service named one. `sent_tokens` and `limit_tokens`: what a refusal for length says was
    sent, and what the model takes. `named`: fields of the request that a refusal names apart from its text,
    each with what it says of it."""

    def __init__(
        self,
        code: ErrorCode,
        detail: str = "",
        *,
        said: str = "",
        server: str = "",
        model: str = "",
        status: int | None = None,
        retry_after: float | None = None,
        sent_tokens: int | None = None,
        limit_tokens: int | None = None,
        named: Sequence[tuple[str, str]] = (),
    ) -> None:
        super().__init__(f"{code}: {detail}" if detail else code)
        self.code: ErrorCode = code
        self.detail = detail
        self.said = said
        self.server = server
        self.model = model
        self.status = status
        self.retry_after = retry_after
        self.sent_tokens = sent_tokens
        self.limit_tokens = limit_tokens
        self.named = tuple(named)

    @property
    def retryable(self) -> bool:
        return self.code in RETRYABLE


class UnknownServerError(ProviderError):
    def __init__(self, server: str) -> None:
        super().__init__("model_not_found", f"no server named {server!r}", server=server)


class NoEmbeddingsError(ProviderError):
    def __init__(self, *, server: str, model: str) -> None:
        super().__init__("invalid", "its server embeds nothing", server=server, model=model)


class UnansweredCallError(ProviderError):
    """All that the model said was a call of a tool, and there is none here."""

    def __init__(self, tool: str, *, server: str, model: str) -> None:
        super().__init__("bad_response", "", server=server, model=model)
        self.tool = tool


class OverBudgetError(ProviderError):
    """Nobody was asked: whoever asks may not spend what it may cost. `sentence` is for a person, translated
    when it is shown."""

    def __init__(self, sentence: object) -> None:
        super().__init__("quota", str(sentence))
        self.sentence = sentence


@contextmanager
def map_faults(server: str, model: str = "") -> Iterator[None]:
    """For asking a server: whatever else goes wrong becomes a ProviderError too, and its trace goes to the
    log. Nobody is left waiting because a connector has a fault."""
    try:
        yield
    except ProviderError:
        raise
    except TimeoutError:
        raise ProviderError("timeout", server=server, model=model) from None
    except Exception as error:
        log.exception("asking server %s failed (%s)", server, model or "no model")
        odd = isinstance(error, SHAPE_ERRORS)
        code: ErrorCode = "bad_response" if odd else "internal"
        detail = "an answer in an unknown shape" if odd else ""
        raise ProviderError(code, detail, server=server, model=model) from None
