"""Vectors of a newly chosen embedding model for the passages that are there."""

import asyncio
import logging
from datetime import timedelta

from providers import registry
from rag import leases, model_choice
from rag.errors import DocumentError
from rag.model_choice import ChosenModel
from rag.models import EmbeddingModel, Passage
from rag.store import store

log = logging.getLogger(__name__)
LEASE = timedelta(seconds=240)
"""Longer than a server may take for one batch."""


def reembed() -> None:
    """Until no passage lacks a vector, or the model cannot be reached. One process does it at a time."""
    chosen = model_choice.choose_for_passages()
    if chosen.model.complete or not _lease(chosen.model):
        return
    with asyncio.Runner() as runner:
        try:
            numbers, texts = _some(chosen, 0)
            while numbers:
                vectors = runner.run(chosen.embedder.embed(texts))
                store().vectors.add(chosen.model.pk, list(zip(numbers, vectors, strict=True)))
                _renew(chosen.model)
                numbers, texts = _some(chosen, numbers[-1])
        except DocumentError as error:
            log.warning("the embedding model %s is not ready: %s", chosen.embedder.ref, error)
            EmbeddingModel.objects.filter(pk=chosen.model.pk).update(leased_until=None)
            return
        finally:
            runner.run(registry.aclose())
    model_choice.finish_change(chosen.model)


def _some(chosen: ChosenModel, after: int) -> tuple[list[int], list[str]]:
    """The next passages that lack a vector, with what is embedded of each."""
    missing = store().vectors.missing(chosen.model.pk, after, chosen.embedder.batch)
    rows = Passage.objects.filter(pk__in=missing).order_by("pk").values_list("pk", "heading", "text")
    found = [(number, f"{heading}\n{text}" if heading else text) for number, heading, text in rows]
    return [number for number, _ in found], [text for _, text in found]


def _lease(model: EmbeddingModel) -> bool:
    rows = EmbeddingModel.objects.filter(leases.without_lease(), pk=model.pk, complete=False)
    return bool(rows.update(leased_until=leases.lease_end(LEASE)))


def _renew(model: EmbeddingModel) -> None:
    EmbeddingModel.objects.filter(pk=model.pk).update(leased_until=leases.lease_end(LEASE))
