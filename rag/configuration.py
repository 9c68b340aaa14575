"""How documents are read and asked, as an administrator set it: the row of `Configuration` where somebody
edited it, else the environment. Read from the database each time, so that a change counts at once in every
process."""

from django.conf import settings

from rag.models import Configuration


def current() -> Configuration:
    row = Configuration.objects.first()
    return from_environment() if row is None or row.follows_environment else row


def from_environment() -> Configuration:
    """A `Configuration` of the environment's values, which is not saved."""
    return Configuration(
        embedding_model=settings.RAG_EMBEDDING_MODEL,
        passages=settings.RAG_PASSAGES,
        budget_tokens=settings.RAG_BUDGET_TOKENS,
        passage_size=settings.RAG_PASSAGE_SIZE,
    )
