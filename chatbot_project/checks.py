"""Bad configuration, found at start and said with a hint."""

import ipaddress
import os
from collections.abc import Iterator
from importlib.util import find_spec
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.checks import CheckMessage, Error, register
from django.http.request import split_domain_port

from core.originals.bucket import parse_place

AUTH_MODES = ("local", "accounts")
STORES = ("files", "postgresql")
LAST_PORT = 65535


def is_loopback(host: str) -> bool:
    name = host.strip("[]").lower()
    if name == "localhost":
        return True
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False


def is_local_name(host: str) -> bool:
    """A name of this machine that no other can take: browsers ask no server where `*.localhost` is."""
    domain, _ = split_domain_port(host)
    return is_loopback(domain or host) or (domain or host).lower().endswith(".localhost")


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
def check_local_names(**_: Any) -> list[CheckMessage]:
    """Whoever gives the local mode a public name means to put a proxy in front of it, and everybody who
    comes through that proxy comes from this machine."""
    if settings.AUTH_MODE != "local":
        return []
    return [
        Error(
            f"AUTH_MODE=local lets anyone in without a login, and {setting} names {name},"
            " which is not this machine alone.",
            hint=f"Set AUTH_MODE=accounts and make an account (manage.py createsuperuser),"
            f" or take {name} out of {setting}.",
            id="divan.E007",
        )
        for setting, name in public_names()
    ]


def public_names() -> Iterator[tuple[str, str]]:
    """Of the settings that say how this server is reached, each with the setting's own name."""
    for host in settings.ALLOWED_HOSTS:
        if not is_local_name(host):
            yield "ALLOWED_HOSTS", host
    for origin in settings.CSRF_TRUSTED_ORIGINS:
        if urlsplit(origin).scheme in ("http", "https") and not is_local_name(urlsplit(origin).netloc):
            yield "CSRF_TRUSTED_ORIGINS", origin


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
    names = (
        "CONNECT_TIMEOUT",
        "FIRST_BYTE_TIMEOUT",
        "CHUNK_TIMEOUT",
        "REQUESTS_PER_MINUTE",
        "ANSWERS_AT_ONCE",
    )
    return [
        Error(f"{name} is {getattr(settings, name)}.", hint="Give a number above 0.", id="divan.E004")
        for name in names
        if getattr(settings, name) <= 0
    ]


@register()
def check_trusted_proxies(**_: Any) -> list[CheckMessage]:
    for named in settings.TRUSTED_PROXIES:
        try:
            ipaddress.ip_network(named, strict=False)
        except ValueError:
            return [
                Error(
                    f"TRUSTED_PROXIES names {named!r}.",
                    hint="Give addresses or networks, by comma: 127.0.0.1,10.0.0.0/8.",
                    id="divan.E020",
                )
            ]
    return []


@register()
def check_port(**_: Any) -> list[CheckMessage]:
    if 0 <= settings.PORT <= LAST_PORT:
        return []
    return [Error(f"PORT is {settings.PORT}.", hint=f"Give a number up to {LAST_PORT}.", id="divan.E006")]


@register()
def check_store(**_: Any) -> list[CheckMessage]:
    if settings.STORE not in STORES:
        return [
            Error(
                f"STORE is {settings.STORE!r}.",
                hint="Set it to 'files' (a file each, in DATA_DIR) or 'postgresql'.",
                id="divan.E021",
            )
        ]
    is_postgresql = settings.DATABASES["default"]["ENGINE"].endswith("postgresql")
    if settings.STORE == "postgresql" and not (is_postgresql and settings.REDIS_URL):
        return [
            Error(
                "STORE=postgresql needs a PostgreSQL, and a Redis by which processes hear of each other.",
                hint="Set DATABASE_URL=postgres://… and REDIS_URL=redis://…, or STORE=files.",
                id="divan.E022",
            )
        ]
    return []


@register()
def check_files_url(**_: Any) -> list[CheckMessage]:
    if not settings.FILES_URL:
        return []
    try:
        parse_place(settings.FILES_URL)
    except ValueError as error:
        return [Error("FILES_URL names no bucket.", hint=str(error), id="divan.E023")]
    if find_spec("obstore") is None:
        return [
            Error(
                "FILES_URL needs a client of S3 services, which is not installed.",
                hint="pip install --require-hashes -r requirements-s3.txt",
                id="divan.E024",
            )
        ]
    return []


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
