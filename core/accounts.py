"""Finds the accounts behind owners: who a user is as an owner, and which account an owner is."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from channels.db import database_sync_to_async
from django.apps import apps
from django.conf import settings
from django.contrib.auth import get_user_model
from django.contrib.auth.models import AbstractUser
from django.core.exceptions import ObjectDoesNotExist, ValidationError
from django.db.models import Model
from django.utils.translation import gettext_lazy as _

from core.models import Owner, OwnerField
from core.owners import LOCAL, is_id, is_reserved


@dataclass(frozen=True, slots=True)
class NamedOwner:
    """Whoever acts where no request says who: a command, or what the server does by itself."""

    owner_id: str
    username: str


def owner_named(owner: str) -> NamedOwner:
    return NamedOwner(owner, name_of(owner))


def may_act(owner: str) -> bool:
    """Whether something may still be done in their name: their account is there and active."""
    if settings.AUTH_MODE == "local":
        return owner == LOCAL
    user = user_of(owner)
    return user is not None and user.is_active


def owner_id(user: Any) -> str:
    """Empty for whoever is not logged in. Asks the database unless the user was loaded with their owner."""
    if settings.AUTH_MODE == "local":
        return LOCAL
    return str(owner_of_user(user).pk) if user.is_authenticated else ""


def owner_of_user(user: Any) -> Owner:
    try:
        found: Owner = user.owner
    except ObjectDoesNotExist:
        # Rows that were written past Django's signals.
        found = Owner.objects.get_or_create(user=user, defaults={"name": user.get_username()})[0]
    return found


def user_of(owner: str) -> AbstractUser | None:
    """The account that owns what `owner` names; whether it is active is not looked at."""
    users = get_user_model()._default_manager
    if settings.AUTH_MODE == "local":
        return users.filter(username=LOCAL).first() if owner == LOCAL else None
    return users.filter(owner__pk=owner).select_related("owner").first() if is_id(owner) else None


def find_owner(name_or_id: str) -> str | None:
    """For commands: of a user's name, or an id, the owner's id; None where nobody is called so."""
    if name_or_id == LOCAL:
        return LOCAL
    if is_id(name_or_id):
        return name_or_id if Owner.objects.filter(pk=name_or_id).exists() else None
    user = get_user_model()._default_manager.filter(username=name_or_id).first()
    return str(owner_of_user(user).pk) if user is not None else None


def name_of(owner: str) -> str:
    return names_of([owner]).get(owner, owner)


def names_of(owners: Iterable[str]) -> dict[str, str]:
    """Name by id, of those `ids` that belong to an owner."""
    ids = {owner for owner in owners if is_id(owner)}
    return {str(pk): name for pk, name in Owner.objects.filter(pk__in=ids).values_list("pk", "name")}


async def names_beside(rows: Iterable[Any]) -> dict[str, str]:
    """The names of the owners of `rows`, by their ids."""
    owners = {row.owner for row in rows}
    found: dict[str, str] = await database_sync_to_async(names_of, thread_sensitive=False)(owners)
    return found


def account_choices() -> list[tuple[str, str]]:
    """For a form in which one of the accounts is chosen, or none."""
    accounts = get_user_model()._default_manager.select_related("owner").order_by("username")
    names = {owner_id(user): user.get_username() for user in accounts}
    return [("", "—"), *({LOCAL: LOCAL} if settings.AUTH_MODE == "local" else names).items()]


def owned_models() -> Iterator[tuple[type[Model], str]]:
    """Every kind of row that somebody owns, and its field that says who."""
    for model in apps.get_models():
        for field in model._meta.concrete_fields:
            if isinstance(field, OwnerField):
                yield model, field.name


def give_ids(using: str) -> None:
    """To the users of a backup from before there were ids: what their names owned is theirs, as the
    migrations have it."""
    for user in get_user_model()._default_manager.using(using).all():
        name = user.get_username()
        former = None if name == LOCAL else name
        owner = Owner.objects.using(using).create(user=user, name=name, former_name=former)
        for model, field in owned_models():
            if former is not None:
                model._default_manager.using(using).filter(**{field: former}).update(**{field: str(owner.pk)})


def validate_name(name: str) -> None:
    if is_reserved(name):
        raise ValidationError(_("This name is reserved. Choose another."), code="reserved")


def refuse_reserved_name(instance: Any, raw: bool = False, **_: Any) -> None:
    """However an account is made or renamed. The one of AUTH_MODE=local keeps its name, and owns nothing
    where there are accounts."""
    name = instance.get_username()
    if raw or not is_reserved(name) or (settings.AUTH_MODE == "local" and name == LOCAL):
        return
    known = type(instance)._default_manager.filter(pk=instance.pk).values_list("username", flat=True)
    if known.first() != name:
        validate_name(name)


def follow_user(instance: Any, created: bool, raw: bool = False, **_: Any) -> None:
    """An owner for each new user, and their name beside the id. `raw`: rows of a backup bring their own."""
    if raw:
        return
    name = instance.get_username()
    if created:
        Owner.objects.create(user=instance, name=name)
    else:
        Owner.objects.filter(user=instance).exclude(name=name).update(name=name)
