"""`/api/account`: one's own sessions and password."""

from typing import Annotated, Any

from asgiref.sync import sync_to_async
from channels.db import database_sync_to_async
from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from ninja import Path, Router, Schema, Status
from pydantic import StringConstraints

from chat.doors.rest.request import ApiRequest
from chat.doors.rest.responses import CHANGES
from chat.policy.quotas import storage_of
from chat.protocol.errors import ConflictError, ForbiddenError, NotFoundError
from chatbot_project.account import passwords, sessions
from chatbot_project.account.browsers import browser_of, system_of
from chatbot_project.admission import Admission
from chatbot_project.models import UserSession
from core.schemas import Strict
from core.times import timestamp

router = Router(tags=["account"])
Number = Annotated[int, Path(ge=1, le=2**63 - 1)]
Password = Annotated[str, StringConstraints(min_length=1, max_length=1_000)]


class OwnRequest(HttpRequest):
    """A request of whoever is logged in. `auth`: the account that asks."""

    auth: AbstractBaseUser
    admission: Admission | None


class SessionRow(Schema):
    """`browser` and `system`: as the browser names itself; empty where that is none that we know. `address`:
    from where it was last used, for IPv6 the network of it. `current`: this one asks."""

    id: int
    browser: str
    system: str
    address: str
    since: str
    last_seen: str
    current: bool


class SessionList(Schema):
    sessions: list[SessionRow]


class UseOut(Schema):
    """Bytes, or chats. `allowed`: null where there is no limit."""

    used: int
    allowed: int | None


class StorageOut(Schema):
    """`temporary_chat_bytes`: how long each temporary chat may become."""

    attachments: UseOut
    documents: UseOut
    temporary_chats: UseOut
    temporary_chat_bytes: int | None


class Ended(Schema):
    ended: int


class PasswordChange(Strict):
    old: Password
    new: Password


def current_key(request: OwnRequest) -> str:
    """Of the session that asks; empty for a token. Raises ConflictError where there are no accounts."""
    if settings.AUTH_MODE == "local":
        raise ConflictError(_("There are no accounts here: everything is the one user's of this machine."))
    admission = request.admission
    return admission.key if admission is not None and admission.kind == "session" else ""


def session_json(session: UserSession, current: str) -> dict[str, Any]:
    return {
        "id": session.pk,
        "browser": browser_of(session.agent),
        "system": system_of(session.agent),
        "address": session.address,
        "since": timestamp(session.since),
        "last_seen": timestamp(session.last_seen),
        "current": session.session_id == current,
    }


@router.get("/storage", response=StorageOut)
async def own_storage(request: ApiRequest) -> Any:
    """What one keeps, and may keep. Without accounts too."""
    return await storage_of(request.auth.owner_id)


@router.get("/sessions", response={200: SessionList, **CHANGES})
async def own_sessions(request: OwnRequest) -> Any:
    current = current_key(request)
    found = await database_sync_to_async(sessions.list_sessions, thread_sensitive=False)(
        request.auth, current
    )
    return {"sessions": [session_json(session, current) for session in found]}


@router.delete("/sessions", response={200: Ended, **CHANGES})
async def end_others(request: OwnRequest) -> Any:
    """All but the one that asks; asked with a token, all."""
    current = current_key(request)
    return {"ended": await database_sync_to_async(sessions.end_other_sessions)(request.auth, current)}


@router.delete("/sessions/{number}", response={204: None, **CHANGES})
async def end_session(request: OwnRequest, number: Number) -> Any:
    current_key(request)
    if not await database_sync_to_async(sessions.end_session)(request.auth, number):
        raise NotFoundError(_("There is no such session of yours."))
    return Status(204, None)


@router.post("/password", response={204: None, **CHANGES})
async def change_password(request: OwnRequest, body: PasswordChange) -> Any:
    """Ends all other sessions, and tokens that were not made to outlive the password."""
    if not current_key(request):
        raise ForbiddenError(_("A password is changed in a browser, not with a token."))
    await sync_to_async(passwords.change_password)(request, request.auth, body.old, body.new)
    return Status(204, None)
