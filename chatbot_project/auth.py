"""Who is asking: the local user, a session's user, or a token's."""

import time
from typing import Any

from asgiref.sync import sync_to_async
from channels.db import database_sync_to_async
from django.contrib.auth import get_user_model
from django.contrib.auth.backends import ModelBackend
from django.contrib.auth.models import AbstractBaseUser
from django.utils import timezone

from chatbot_project.account.sessions import end_all_sessions
from chatbot_project.models import ApiToken
from core.accounts import owner_of_user
from core.owners import LOCAL

LOCAL_USER_KEPT = 60.0
_local: tuple[AbstractBaseUser | None, float] = (None, 0.0)


def make_local_user() -> AbstractBaseUser:
    """The one user of AUTH_MODE=local: a superuser without a password."""
    model = get_user_model()
    user, made = model.objects.get_or_create(
        username=LOCAL, defaults={"is_staff": True, "is_superuser": True}
    )
    if made:
        user.set_unusable_password()
        user.save(update_fields=["password"])
    return user


async def local_user() -> AbstractBaseUser:
    """Looked up anew each minute: a page's many requests need not ask the database each time."""
    global _local
    known, until = _local
    if known is None or time.monotonic() > until:
        known = await sync_to_async(make_local_user)()
        _local = (known, time.monotonic() + LOCAL_USER_KEPT)
    return known


async def user_of_token(token: str) -> AbstractBaseUser | None:
    found: AbstractBaseUser | None = await database_sync_to_async(find_by_token)(token)
    return found


class AccountBackend(ModelBackend):
    """Users come with their owner, which code on the event loop could not ask for."""

    def get_user(self, user_id: Any) -> Any:
        users = get_user_model()._default_manager.select_related("owner")
        user = users.filter(pk=user_id).first()
        if user is None or not self.user_can_authenticate(user):
            return None
        owner_of_user(user)
        return user

    async def aget_user(self, user_id: Any) -> Any:
        return await database_sync_to_async(self.get_user)(user_id)


class AccessEndsWithPassword:
    """No rule for passwords: Django tells its validators of every change of one, and of no mere rehashing."""

    def validate(self, password: str, user: Any = None) -> None:
        return

    def get_help_text(self) -> str:
        return ""

    def password_changed(self, password: str, user: Any = None) -> None:
        if user is not None and user.pk is not None:
            end_all_sessions(user)
            ApiToken.objects.filter(user_id=user.pk, outlives_password=False).delete()


def find_by_token(token: str) -> AbstractBaseUser | None:
    row = (
        ApiToken.working()
        .select_related("user__owner")
        .filter(digest=ApiToken.digest_of(token), user__is_active=True)
        .first()
    )
    if row is None:
        return None
    now = timezone.now()
    if row.last_used is None or (now - row.last_used).total_seconds() > 60:
        ApiToken.objects.filter(pk=row.pk).update(last_used=now)
    owner_of_user(row.user)
    return row.user


def bearer_token(header: str) -> str | None:
    scheme, _, token = header.partition(" ")
    return token.strip() if scheme.lower() == "bearer" and token.strip() else None
