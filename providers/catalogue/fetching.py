"""Rows for the models that a server has, so that an administrator finds them to switch off or to set.

What a person has edited is never touched. A row that nobody edited goes when its model does.
"""

from collections.abc import Iterable

from django.db import transaction

from providers.configuration import rows
from providers.models import Model, Server
from providers.types import ModelInfo


def add_rows(server: Server, infos: Iterable[ModelInfo]) -> tuple[int, int]:
    """How many rows were made and how many went."""
    names = {info.id: info.name for info in infos}
    with transaction.atomic():
        existing = set(Model.objects.filter(server=server).values_list("model_id", flat=True))
        untouched = Model.objects.filter(server=server, edited=False, candidates=[])
        gone, _each = untouched.exclude(model_id__in=names).delete()
        made = Model.objects.bulk_create(
            Model(server=server, model_id=model, edited=False) for model in names if model not in existing
        )
    rows.drop_rows()
    return len(made), gone
