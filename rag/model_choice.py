"""Which embedding model is used. After a change of the settings the new one's vectors are made in the
background, and questions go on with the old one's until they are all there."""

from dataclasses import dataclass

from django.db import router, transaction

from rag.embedding import PassageEmbedder, configured_embedder, embedder_of_ref
from rag.models import Collection, EmbeddingModel, Passage, new_version


@dataclass(frozen=True, slots=True)
class ChosenModel:
    embedder: PassageEmbedder
    model: EmbeddingModel


def choose_for_passages() -> ChosenModel:
    embedder = configured_embedder()
    model, made = EmbeddingModel.objects.get_or_create(ref=embedder.ref)
    if made and not Passage.objects.exists():
        EmbeddingModel.objects.filter(pk=model.pk).update(complete=True)
        model.complete = True
    return ChosenModel(embedder, model)


def choose_for_questions() -> ChosenModel | None:
    """None where no model's vectors are complete."""
    chosen = choose_for_passages()
    if chosen.model.complete:
        return chosen
    older = EmbeddingModel.objects.filter(complete=True).order_by("-chosen").first()
    return None if older is None else ChosenModel(embedder_of_ref(older.ref), older)


def are_vectors_complete() -> bool:
    """Whether questions use the configured model's vectors; else those of the one before, meanwhile."""
    ref = configured_embedder().ref
    return EmbeddingModel.objects.filter(ref=ref, complete=True).exists() or not Passage.objects.exists()


def finish_change(model: EmbeddingModel) -> None:
    """All passages have a vector of `model`: it takes over, and other models' vectors go."""
    with transaction.atomic(using=router.db_for_write(Passage)):
        EmbeddingModel.objects.filter(pk=model.pk).update(complete=True)
        EmbeddingModel.objects.exclude(pk=model.pk).delete()
        Collection.objects.update(version=new_version())
