"""What goes to a client when something cannot be done: a code, a sentence, and no trace of the cause.

ChatError(code)
  ├─ InvalidError          the command or its fields
  ├─ UnauthenticatedError  nobody is logged in
  ├─ ForbiddenError
  ├─ NotFoundError         also for what belongs to somebody else
  ├─ ConflictError         the conversation does not allow it now
  ├─ TooLargeError
  ├─ RateLimitedError
  └─ StorageUnavailableError   what keeps conversations or files does not answer, refuses, or is full
       └─ DatabaseAwayError      the database does not answer, or ended the connection
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

from django.db import InterfaceError, OperationalError
from django.utils.formats import number_format
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from conversations.errors import (
    AttachmentsAwayError,
    ConversationDamagedError,
    ConversationNotFoundError,
    InvalidIdError,
    MessageExistsError,
    StorageAwayError,
    StorageError,
    StoreError,
    TemporaryAwayError,
)
from core.error_fields import Error, error_fields
from core.originals.base import AWAY, OriginalsAwayError
from providers.catalogue.health import quote_server
from providers.errors import (
    ErrorCode,
    OverBudgetError,
    ProviderError,
    UnansweredCallError,
    UnknownServerError,
)

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
    "storage_unavailable": 503,
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

    def fields(self) -> Error:
        return error_fields(self.code, self.message, retryable=self.retryable)


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


class StorageUnavailableError(ChatError):
    code = "storage_unavailable"
    message = _("The server could not write to its disk. Nothing was changed; try again.")
    retryable = True


class DatabaseAwayError(StorageUnavailableError):
    message = _("The database does not answer just now. Try again in a moment.")


DATABASE_AWAY = (InterfaceError, OperationalError)
"""Raised by Django where its database does not answer, or ended the connection."""


@contextmanager
def map_store_errors() -> Iterator[None]:
    """What the store of conversations or that of files refuses, as the ChatError that says so."""
    try:
        yield
    except (InvalidIdError, ConversationNotFoundError) as error:
        raise NotFoundError from error
    except MessageExistsError as error:
        raise ConflictError(_("Another message of this conversation has that id.")) from error
    except ConversationDamagedError as error:
        raise ConflictError(
            _("The file of this conversation is damaged: it can be read, but not continued.")
        ) from error
    except TemporaryAwayError as error:
        raise ConflictError(
            _("Temporary chats cannot be reached just now: Redis does not answer. Try again in a moment."),
            retryable=True,
        ) from error
    except (AttachmentsAwayError, OriginalsAwayError) as error:
        raise StorageUnavailableError(AWAY) from error
    except (StorageAwayError, *DATABASE_AWAY) as error:
        raise DatabaseAwayError from error
    except StorageError as error:
        raise StorageUnavailableError from error


def error_of_store(error: StoreError | OriginalsAwayError | InterfaceError | OperationalError) -> ChatError:
    """As `map_store_errors`; what it does not know is Divan's own fault."""
    try:
        with map_store_errors():
            raise error
    except ChatError as found:
        return found
    except StoreError:
        return ChatError()


INTERNAL = ChatError.message


@dataclass(frozen=True, slots=True)
class Sentences:
    """What happened, and what a person can do about it. Between them stands what the server said."""

    happened: str | Promise
    advice: str | Promise = ""


PROVIDER_SENTENCES: Mapping[ErrorCode, Sentences] = {
    "auth": Sentences(_("{server} refused the key."), _("Check the key of this server.")),
    "quota": Sentences(
        _("The account at {server} has used up its quota or credit."),
        _("Add credit there, or choose another model."),
    ),
    "rate_limited": Sentences(_("{server} takes no more requests for the moment."), _("Try again shortly.")),
    "model_not_found": Sentences(_("{server} does not have the model {model}."), _("Choose another one.")),
    "context_length": Sentences(
        _("The conversation is longer than {model} can read."),
        _("Start a new conversation, or choose a model with a larger context window."),
    ),
    "content_blocked": Sentences(
        _("{server} declined to answer this message."), _("Word it differently, or choose another model.")
    ),
    "no_vision": Sentences(
        _("{model} cannot see images."),
        _("Choose a model that can, or ask without the image."),
    ),
    "hardware": Sentences(
        _("The machine of {server} could not run {model}."),
        _("Choose a smaller model or a shorter context, unload other models, or free memory or disk space."),
    ),
    "overloaded": Sentences(_("{server} is overloaded."), _("Try again in a moment.")),
    "unreachable": Sentences(
        _("{server} cannot be reached."), _("Check that it runs and that its address is right.")
    ),
    "timeout": Sentences(_("{server} did not answer in time."), _("Try again, or choose another model.")),
    "bad_response": Sentences(
        _("{server} broke off, or sent something that could not be read."), _("Try again.")
    ),
    "invalid": Sentences(_("{server} did not accept the request."), _("Check the parameters of {model}.")),
    "server_error": Sentences(
        _("{server} failed with an error of its own."), _("Try again; if it stays so, look into its log.")
    ),
    "internal": Sentences(INTERNAL),
}
UNANSWERED_CALL = _(
    "{model} wanted to use the tool {tool} and said nothing else, but tools are switched off here. "
    "Switch them on, or choose another model."
)
UNKNOWN_SERVER = _("There is no server named {server}. Choose another model.")


def provider_message(error: ProviderError, server: str, model: str) -> str:
    """Whose failure it is, what that server said of it and what to do, in the active language."""
    if isinstance(error, UnknownServerError):
        return str(UNKNOWN_SERVER).format(server=server)
    if isinstance(error, OverBudgetError):
        return str(error.sentence)
    if isinstance(error, UnansweredCallError):
        return str(UNANSWERED_CALL).format(model=error.model or model, tool=error.tool or "?")
    names = {"server": error.server or server, "model": error.model or model}
    sentences = PROVIDER_SENTENCES[error.code]
    happened, advice = (str(one).format(**names) for one in (sentences.happened, sentences.advice))
    return " ".join(filter(None, (happened, what_it_said(error), advice)))


def what_it_said(error: ProviderError) -> str:
    """The server's own words; of a conversation that is too long its two numbers, which say more."""
    if error.code == "context_length" and error.sent_tokens and error.limit_tokens:
        sentence = ngettext(
            "It takes {limit} token, and was sent {sent}.",
            "It takes {limit} tokens, and was sent {sent}.",
            error.limit_tokens,
        )
        return sentence.format(limit=group_digits(error.limit_tokens), sent=group_digits(error.sent_tokens))
    return quote_server(error)


def group_digits(count: int) -> str:
    """`32,768`, as the active language writes it."""
    return number_format(count, use_l10n=True, force_grouping=True)
