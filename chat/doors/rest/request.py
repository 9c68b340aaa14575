from django.http import HttpRequest

from chat.policy.access import User


class ApiRequest(HttpRequest):
    """A request that was let in: `auth` is whose it is."""

    auth: User
