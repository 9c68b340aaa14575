"""Bad configuration, found at start and said with a hint."""

import ipaddress
import os
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, register

AUTH_MODES = ("local", "accounts")
LAST_PORT = 65535


def is_loopback(host: str) -> bool:
    name = host.strip("[]").lower()
    if name == "localhost":
        return True
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False


@register()
def check_auth_mode(**_: Any) -> list[CheckMessage]:
    if settings.AUTH_MODE not in AUTH_MODES:
        return [
            Error(
                f"AUTH_MODE is {settings.AUTH_MODE!r}.",
                hint="Set it to 'local' (one user, this machine only) or 'accounts' (login).",
                id="divan.E001",
            )
        ]
    if settings.AUTH_MODE == "local" and not is_loopback(settings.HOST):
        return [
            Error(
                f"AUTH_MODE=local lets anyone in without a login, and others can reach HOST={settings.HOST}.",
                hint="Set HOST=127.0.0.1, or AUTH_MODE=accounts.",
                id="divan.E002",
            )
        ]
    return []


@register()
def check_data_dir(**_: Any) -> list[CheckMessage]:
    path = settings.DATA_DIR
    if path.is_dir() and not os.access(path, os.W_OK | os.X_OK):
        return [
            Error(
                f"DATA_DIR {path} cannot be written.",
                hint="Give this user the right to write there, or set DATA_DIR to another folder.",
                id="divan.E003",
            )
        ]
    return []


@register()
def check_numbers(**_: Any) -> list[CheckMessage]:
    names = ("CONNECT_TIMEOUT", "FIRST_BYTE_TIMEOUT", "CHUNK_TIMEOUT", "REQUESTS_PER_MINUTE")
    return [
        Error(f"{name} is {getattr(settings, name)}.", hint="Give a number above 0.", id="divan.E004")
        for name in names
        if getattr(settings, name) <= 0
    ]


@register()
def check_port(**_: Any) -> list[CheckMessage]:
    if 0 <= settings.PORT <= LAST_PORT:
        return []
    return [Error(f"PORT is {settings.PORT}.", hint=f"Give a number up to {LAST_PORT}.", id="divan.E006")]


@register()
def check_redis_url(**_: Any) -> list[CheckMessage]:
    url: str = settings.REDIS_URL
    if url and not url.startswith(("redis://", "rediss://", "unix://")):
        return [
            Error(
                "REDIS_URL is not the address of a Redis server.",
                hint="It looks like redis://127.0.0.1:6379/0. Without Redis, leave it empty.",
                id="divan.E005",
            )
        ]
    return []
