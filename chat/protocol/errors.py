"""What goes to a client when something cannot be done: a code, a sentence, and no trace of the cause.

ChatError(code)
  ├─ InvalidError          the command or its fields
  ├─ UnauthenticatedError  nobody is logged in
  ├─ ForbiddenError
  ├─ NotFoundError         also for what belongs to somebody else
  ├─ ConflictError         the conversation does not allow it now
  ├─ TooLargeError
  └─ RateLimitedError
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from conversations.errors import (
    ConversationDamagedError,
    ConversationNotFoundError,
    InvalidIdError,
    StorageError,
)
from providers.errors import ErrorCode, ProviderError, UnknownServerError

STATUS: Mapping[str, int] = {
    "invalid": 400,
    "unauthenticated": 401,
    "quota": 402,
    "forbidden": 403,
    "not_found": 404,
    "conflict": 409,
    "too_large": 413,
    "rate_limited": 429,
    "internal": 500,
}


class ChatError(Exception):
    """`message` is for a person, in the language that is active when it is sent."""

    code = "internal"
    message: str | Promise = _("Something went wrong on the server. The log has the details.")
    retryable = False

    def __init__(
        self, message: str | Promise = "", *, retryable: bool = False, retry_after: float | None = None
    ) -> None:
        self.retryable = retryable or self.retryable
        self.message = message or self.message
        self.retry_after = retry_after
        super().__init__(self.code)

    @property
    def status(self) -> int:
        return STATUS[self.code]


class InvalidError(ChatError):
    code = "invalid"
    message = _("That request could not be understood.")


class UnauthenticatedError(ChatError):
    code = "unauthenticated"
    message = _("Log in first.")


class ForbiddenError(ChatError):
    code = "forbidden"
    message = _("That is not allowed.")


class NotFoundError(ChatError):
    code = "not_found"
    message = _("There is no such conversation.")


class ConflictError(ChatError):
    code = "conflict"
    message = _("The conversation does not allow that now.")


class RateLimitedError(ChatError):
    code = "rate_limited"
    message = _("Too many requests in a short time. Wait a moment and try again.")
    retryable = True


class TooLargeError(ChatError):
    code = "too_large"
    message = _("That is too large.")


@contextmanager
def store_errors_told() -> Iterator[None]:
    """What the files' store refuses, as the ChatError that says so."""
    try:
        yield
    except (InvalidIdError, ConversationNotFoundError) as error:
        raise NotFoundError from error
    except ConversationDamagedError as error:
        raise ConflictError(
            _("The file of this conversation is damaged: it can be read, but not continued.")
        ) from error
    except StorageError as error:
        raise ChatError(
            _("The server could not write to its disk. Nothing was changed; try again."), retryable=True
        ) from error


PROVIDER_MESSAGES: Mapping[ErrorCode, Promise] = {
    "auth": _("{server} refused the key. Check the key of this server."),
    "quota": _("The account at {server} has used up its quota or credit."),
    "rate_limited": _("{server} takes no more requests for the moment. Try again shortly."),
    "model_not_found": _("{server} does not have the model {model}. Choose another one."),
    "context_length": _("The conversation is longer than {model} can read."),
    "content_blocked": _("{server} declined to answer this message."),
    "overloaded": _("{server} is overloaded. Try again in a moment."),
    "unreachable": _("{server} cannot be reached. Check that it runs and that its address is right."),
    "timeout": _("{server} did not answer in time."),
    "bad_response": _("{server} broke off, or sent something that could not be read."),
    "invalid": _("{server} did not accept the request. Check the parameters of {model}."),
    "internal": _("Something went wrong on the server. The log has the details."),
}


UNKNOWN_SERVER = _("There is no server named {server}. Choose another model.")


def provider_message(error: ProviderError, server: str, model: str) -> str:
    """The sentence for a model server's error, in the active language."""
    if isinstance(error, UnknownServerError):
        return str(UNKNOWN_SERVER).format(server=server)
    sentence = str(PROVIDER_MESSAGES[error.code])
    return sentence.format(server=error.server or server, model=error.model or model)
