"""The sessions of a person: noted at the login and while they are used, listed, and ended by their owner.

What is open under a session that was ended (sockets, streams) is closed by `admission.py`, in every process.
"""

import time
from collections import OrderedDict
from collections.abc import Collection, Mapping
from contextlib import suppress
from typing import Any

from django.contrib.sessions.models import Session
from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.utils import timezone

from chatbot_project.account.browsers import shorten_agent
from chatbot_project.login.addresses import client_address
from chatbot_project.models import UserSession

NOTED_AGAIN = 60.0
"""Seconds: so exact is the moment at which a session was last seen."""
MOST = 10_000
"""Sessions of which a process knows when it noted them."""
LISTED = 100

_noted: OrderedDict[str, float] = OrderedDict()


def is_due(key: str) -> bool:
    """Whether the session was not noted by this process within the last minute."""
    return time.monotonic() - _noted.get(key, -NOTED_AGAIN) >= NOTED_AGAIN


def note_use(user: Any, key: str, meta: Mapping[str, Any]) -> None:
    """That this session is used, from where and with what; `meta`: as of a request. One that has ended
    meanwhile stays ended."""
    now = timezone.now()
    values = {
        "user": user,
        "address": client_address(meta),
        "agent": shorten_agent(str(meta.get("HTTP_USER_AGENT", ""))),
        "last_seen": now,
    }
    with suppress(IntegrityError), transaction.atomic():
        UserSession.objects.update_or_create(
            session_id=key, defaults=values, create_defaults={**values, "since": now}
        )
    _noted[key] = time.monotonic()
    _noted.move_to_end(key)
    while len(_noted) > MOST:
        _noted.popitem(last=False)


def note_seen(keys: Collection[str]) -> None:
    """Notes that the sessions under which something is open are in use."""
    UserSession.objects.filter(session__in=keys).update(last_seen=timezone.now())


def note_login(request: Any, user: Any, **_: Any) -> None:
    """At Django's signal. A session that began before its login has no row yet."""
    session = getattr(request, "session", None)
    if session is None:
        return
    if not session.session_key:
        session.save()
    note_use(user, session.session_key, request.META)


def list_sessions(user: Any, current: str) -> list[UserSession]:
    """That which asks (`current`: its key), then those that were seen last."""
    live = UserSession.objects.filter(user=user, session__expire_date__gt=timezone.now())
    found = list(live.order_by("-last_seen")[:LISTED])
    return sorted(found, key=lambda one: one.session_id != current)


def end_session(user: Any, number: int) -> bool:
    """False where this person has no such session."""
    return _end(UserSession.objects.filter(user=user, pk=number)) > 0


def end_other_sessions(user: Any, current: str) -> int:
    """All but that which asks; how many."""
    return _end(UserSession.objects.filter(user=user).exclude(session=current))


def end_all_sessions(user: Any) -> int:
    return _end(UserSession.objects.filter(user=user))


def _end(ended: "QuerySet[UserSession]") -> int:
    keys = list(ended.values_list("session_id", flat=True))
    Session.objects.filter(pk__in=keys).delete()
    return len(keys)
