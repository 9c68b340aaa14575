"""The groups of people to whom a server or a model may be limited."""

from django.contrib.auth.models import Group


def group_names() -> list[str]:
    return list(Group.objects.order_by("name").values_list("name", flat=True))
