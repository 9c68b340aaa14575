"""The files of the page, of the administration and of the API's document."""

import re
from functools import cache
from pathlib import Path
from typing import Any

import django.contrib.admin
import ninja
from django.conf import settings
from servestatic.asgi import ServeStaticASGI

HASHED = re.compile(r"-[\w-]{8,64}\.\w{1,8}\Z")


def is_hashed(url: str) -> bool:
    """Whether a file of this name never changes: the client's build puts a hash of it there."""
    return "/assets/" in url and HASHED.search(url) is not None


def with_static_files(app: Any) -> ServeStaticASGI:
    """Files are served from where they lie: no `collectstatic` step, nothing in Django's middleware."""
    static = serving_nothing(app)
    static.files.update(find_files())
    return static


@cache
def find_files() -> dict[str, Any]:
    """By their addresses. Hundreds are looked at, with their compressed variants: once in a process."""
    static = serving_nothing(None)
    folders = [Path(module.__path__[0]) / "static" for module in (django.contrib.admin, ninja)]
    for folder in [*folders, *settings.STATICFILES_DIRS]:
        if folder.is_dir():
            static.add_files(folder, prefix="static/")
    return dict(static.files)


def serving_nothing(app: Any) -> ServeStaticASGI:
    return ServeStaticASGI(
        app,
        immutable_file_test=lambda _, url: is_hashed(url),
        allow_all_origins=False,
        add_headers_function=lambda headers, *_: headers.add_header(
            "Cross-Origin-Resource-Policy", "same-origin"
        ),
    )
