"""Who works on a row with `leased_until`, and until when. By the database's clock: those of the machines that
share it may differ by more than a lease lasts."""

from datetime import timedelta

from django.db.models import Q
from django.db.models.expressions import Combinable
from django.db.models.functions import Now


def without_lease() -> Q:
    """Nobody works on it, or whoever did has not said so for too long."""
    return Q(leased_until=None) | Q(leased_until__lt=Now())


def lease_end(lease: timedelta) -> Combinable:
    """When one that begins now ends."""
    return Now() + lease
