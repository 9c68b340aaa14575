"""The one way from a name and a password to a user, whichever page or address asks."""

import logging
from math import ceil
from typing import Any

from asgiref.sync import sync_to_async
from django.contrib.auth.base_user import AbstractBaseUser
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.utils.translation import ngettext

from chatbot_project.auth import AccountBackend
from chatbot_project.login.addresses import client_address
from chatbot_project.login.attempts import attempts
from chatbot_project.login.hashers import LoginBusyError

logger = logging.getLogger(__name__)
LONGEST_NAME = 150


class NotNowError(ValidationError):
    """A form shows the message. `status` and `retry_after` (seconds) are for the answer's head."""

    def __init__(self, message: str, status: int, retry_after: int) -> None:
        super().__init__(message, code="not_now")
        self.status = status
        self.retry_after = retry_after


class Backend(AccountBackend):
    def authenticate(  # type: ignore[override]  # Django's own names its arguments too
        self,
        request: HttpRequest | None,
        username: str | None = None,
        password: str | None = None,
        **rest: Any,
    ) -> AbstractBaseUser | None:
        """Raises NotNowError where it may not be tried yet, before anything is looked up or hashed."""
        if request is None or not username:
            return super().authenticate(request, username, password, **rest)
        address, name = client_address(request.META), username[:LONGEST_NAME].casefold()
        refuse_hurry(address, name)
        try:
            user = super().authenticate(request, username, password, **rest)
        except LoginBusyError as error:
            raise NotNowError(str(error.message), error.status, ceil(error.retry_after or 1)) from error
        if user is None:
            attempts().failed(address, name)
            logger.warning("A login failed: name %r, from %s", username[:LONGEST_NAME], address)
        else:
            attempts().succeeded(address, name)
        return user

    async def aauthenticate(  # type: ignore[override]  # as above
        self, request: HttpRequest | None, **credentials: Any
    ) -> AbstractBaseUser | None:
        return await sync_to_async(self.authenticate)(request, **credentials)


def refuse_hurry(address: str, name: str) -> None:
    seconds = ceil(attempts().wait(address, name))
    if seconds:
        logger.warning("A login was not tried: name %r, from %s, has to wait %s s", name, address, seconds)
        message = ngettext(
            "Too many attempts. Wait {seconds} second, then try again.",
            "Too many attempts. Wait {seconds} seconds, then try again.",
            seconds,
        ).format(seconds=seconds)
        raise NotNowError(message, 429, seconds)
