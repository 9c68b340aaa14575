"""A person changes their own password."""

from typing import Any

from django.contrib.auth import authenticate, update_session_auth_hash
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.utils.translation import gettext as _

from chat.protocol.errors import ConflictError, InvalidError, RateLimitedError
from chatbot_project.account.sessions import note_use
from chatbot_project.login.backend import NotNowError
from chatbot_project.models import UserSession


def change_password(request: HttpRequest, user: Any, old: str, new: str) -> None:
    """The session of `request` goes on, under another key; everything else that the old password let in ends.
    The old one may be tried as often as at the login. Raises ChatError."""
    if not user.has_usable_password():
        raise ConflictError(_("Your account has no password here. Ask an administrator."))
    try:
        known = authenticate(request, username=user.get_username(), password=old)
    except NotNowError as error:
        raise RateLimitedError(str(error.message), retry_after=error.retry_after) from error
    if known is None or known.pk != user.pk:
        raise InvalidError(_("The old password is not right."))
    if new == old:
        raise InvalidError(_("That is the old password. Choose another."))
    try:
        validate_password(new, known)
    except ValidationError as error:
        raise InvalidError(" ".join(error.messages)) from error
    began = UserSession.objects.filter(session=request.session.session_key).values_list("since", flat=True)
    since = began.first()
    known.set_password(new)
    known.save(update_fields=["password"])
    # Looked up anew they would be a stranger to the session, which still has the old password's mark.
    request.user = known
    update_session_auth_hash(request, known)
    key = str(request.session.session_key)
    note_use(known, key, request.META)
    if since is not None:
        UserSession.objects.filter(session=key).update(since=since)
