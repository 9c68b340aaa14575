from typing import Any

from django.db.models.signals import post_delete
from django.dispatch import receiver

from rag.models import Document
from rag.store.vector_files.folder import forget_files


@receiver(post_delete, sender=Document)
def forget_vectors(instance: Document, **_: Any) -> None:
    """Its collection's vectors are made anew without it."""
    forget_files(instance.collection_id)
