"""How an answer ended, and what is said of that."""

import asyncio
import logging
from dataclasses import dataclass

from django.utils import translation

from chat.engine.answers.life import CutShort
from chat.protocol.errors import DATABASE_AWAY, ChatError, error_of_store, provider_message
from conversations.errors import StorageError
from conversations.records import Status
from core.error_fields import Error, error_fields
from core.originals.base import OriginalsAwayError
from providers import types
from providers.errors import ProviderError
from providers.refs import split_ref

logger = logging.getLogger(__name__)


@dataclass(slots=True)
class Ending:
    status: Status
    error: Error | None = None
    done: types.Done | None = None


def ending_of(stream: asyncio.Task[Ending], cut_short: CutShort | None, ref: str, language: str) -> Ending:
    """How an answer ends whose `stream` is over. `ref`: of the model that was asked."""
    if stream.cancelled():
        return Ending(cut_short or "interrupted")
    failure = stream.exception()
    if failure is None:
        return stream.result()
    if isinstance(failure, (StorageError, OriginalsAwayError, *DATABASE_AWAY)):
        logger.warning("An answer of %s failed: a storage cannot be used: %s", ref, failure)
        failure = error_of_store(failure)
    if isinstance(failure, ChatError):
        with translation.override(language):
            return Ending("failed", failure.fields())
    server, model = split_ref(ref)
    if not isinstance(failure, ProviderError):
        logger.error("An answer of %s failed", ref, exc_info=failure)
        failure = ProviderError("internal")
    with translation.override(language):
        said = provider_message(failure, server, model)
    error = error_fields(failure.code, said, retryable=failure.retryable)
    if failure.detail:
        error["detail"] = failure.detail[:2000]
    return Ending("failed", error)
